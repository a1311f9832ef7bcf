"""What can be done with searches."""
