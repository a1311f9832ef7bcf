"""People and the keys they hold."""
