"""Pruning, erasing a tenant, changing encryption keys."""
