"""Connecting Pipedrive and leaving it, from Chat."""
