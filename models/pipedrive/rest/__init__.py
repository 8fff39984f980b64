"""Parsers of Pipedrive's REST responses."""
