"""Writes in a space that may be dropped: they wait behind due cards, and a failed one is not repeated."""
