"""Builders of cards: each takes facts and returns a message, and imports no other builder."""
