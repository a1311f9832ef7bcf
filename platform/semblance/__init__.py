"""Semblance: visual search for many users that learns from their votes."""

__version__ = "0.1.0"
