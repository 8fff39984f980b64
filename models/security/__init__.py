"""Encryption, keys, secrets and the audit trail."""
