"""Reports in Chat: how many cards, how they went, by rule, space, person or day."""
