"""Stored webhooks of Pipedrive, and unknown commands of Chat."""
