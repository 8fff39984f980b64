"""Outgoing webhooks: calls to servers that our customers name."""
