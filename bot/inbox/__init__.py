"""A person's inbox, and what they want of notifications."""
