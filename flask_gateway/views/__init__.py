"""One blueprint a topic."""
