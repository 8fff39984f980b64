"""Buttons on cards, and what they write to Pipedrive: who presses, what Pipedrive does, what must hold."""
