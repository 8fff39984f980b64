"""Nudges: what is asked of somebody, the dialogs that mend it, counts of the team, and the settings."""
