"""The quota of writes to Chat: what is left of it, and which lanes need it."""
