"""The whole installation in Chat, for those who run it (`OPERATORS`)."""
