"""The audit trail in Chat, for admins."""
