"""Liquid sources of templates: the language with its limits, and the check before one is saved."""
