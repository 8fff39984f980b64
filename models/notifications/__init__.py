"""Notifications: sent to people by what they want of them, kept in their inbox."""
