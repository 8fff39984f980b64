"""Destinations: spaces, direct messages, incoming webhooks; and quiet hours."""
