"""A Pipedrive of our own, at the wire."""
