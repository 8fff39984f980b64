"""What an installation for testing (`APP_ENV=staging`) may change: its database may be a copy."""
