"""Triggers that keep counts and notes beside the rows that they are about."""
