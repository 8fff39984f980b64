"""Reminders: what people asked to be reminded of, by durable waits."""
