"""Writes imported leads to Pipedrive, and takes them back."""
