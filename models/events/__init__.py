"""Stored webhooks of Pipedrive, and commands that nobody knows."""
