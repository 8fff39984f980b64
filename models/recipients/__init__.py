"""Whom records name: found in a change, and written to each by themselves."""
