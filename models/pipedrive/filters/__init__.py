"""Filters: conditions, operators, and how they are evaluated for a change."""
