"""Carries out whether the contact details of teams are encrypted."""
