"""A Google of our own: tokens and sign-in."""
