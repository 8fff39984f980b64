"""Tenants, users, their sessions and the links that sign them in."""
