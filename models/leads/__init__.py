"""Leads: mirrored from Pipedrive, written through as the person who acts, with a history line by line."""
