"""Safe image decoding, errors, shared model bases and the embedded database."""
