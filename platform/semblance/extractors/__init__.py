"""Extractor plugins: the contract, the registry and the conformance kit."""
