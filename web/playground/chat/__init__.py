"""A Google Chat of our own, at the wire."""
