"""Writes to Pipedrive what people enter in forms."""
