"""Writes to Pipedrive what people pressed on cards, and draws the cards again."""
