"""Collections, their members, and images with their files."""
