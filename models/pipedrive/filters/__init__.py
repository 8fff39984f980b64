"""Filters: conditions, operators, and how they are decided on a change."""
