"""The endpoint for Google Chat."""
