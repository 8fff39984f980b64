"""Spaces and other destinations, from Chat."""
