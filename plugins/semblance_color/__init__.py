"""Color descriptors."""
