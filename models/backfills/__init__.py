"""Spans of time in which changes may have been missed, and what was read for them."""
