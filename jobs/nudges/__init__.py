"""Asks people in the morning what is missing or late in their deals, and keeps those cards up to date."""
