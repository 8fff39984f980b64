"""The road from a stored event to a sent message."""
