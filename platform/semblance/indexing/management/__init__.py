"""Commands around features."""
