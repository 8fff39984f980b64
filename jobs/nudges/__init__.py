"""Asks people in the morning what is missing or late in their deals, and keeps those cards as they are now."""
