"""Tenants, users, their browser sessions and the links that sign them in."""
