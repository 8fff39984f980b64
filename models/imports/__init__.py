"""Leads from a file: checked, written to Pipedrive row by row, and taken back."""
