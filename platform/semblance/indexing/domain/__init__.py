"""What can be done with features and jobs."""
