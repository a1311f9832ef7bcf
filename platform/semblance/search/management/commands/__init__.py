"""Commands around searches."""
