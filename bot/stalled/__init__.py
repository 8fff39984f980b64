"""Stalled deals: the list, the settings of the summary, snoozing."""
