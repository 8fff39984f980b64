"""A simulation of Google: tokens and sign-in."""
