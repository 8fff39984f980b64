"""Pruning, erasing a tenant, rotating encryption keys."""
