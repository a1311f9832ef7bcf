"""What can be done with collections, members and images."""
