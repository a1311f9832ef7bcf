"""What goes in and out, by topic."""
