"""Pruning old rows, erasing a tenant, changing encryption keys."""
