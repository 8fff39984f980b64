"""The client of Google Chat."""
