"""Why a card came or did not: which rules looked at an event, and what decided."""
