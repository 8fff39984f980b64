"""The forms that people fill in, and what becomes of them: a dialog a file."""
