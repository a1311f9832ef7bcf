"""Descriptors from trained convolutional networks."""
