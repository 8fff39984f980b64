"""Connecting and disconnecting Pipedrive, from Chat."""
