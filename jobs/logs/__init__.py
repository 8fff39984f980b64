"""Reads the log lines of an installation again: `python -m jobs.logs tail`."""
