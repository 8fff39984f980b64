"""Deals and other objects of Pipedrive as cards: found by words, and unfolded from a pasted link."""
