"""Feature spaces, statistics, jobs, and the one extraction path."""
