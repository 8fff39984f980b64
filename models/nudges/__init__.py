"""Nudges: what is missing or late in people's deals, asked for once a morning and mended on the card."""
