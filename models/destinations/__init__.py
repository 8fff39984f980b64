"""Destinations of cards: spaces, people, incoming webhooks; and their quiet hours."""
