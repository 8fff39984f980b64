"""Backups of the whole database, plain or encrypted, and how they are restored."""
