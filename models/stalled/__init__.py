"""Stalled deals and overdue activities: what is followed, when it is announced, and its summary."""
