"""The door for Google Chat."""
