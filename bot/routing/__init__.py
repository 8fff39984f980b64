"""Routing: policies, their dry run and report, answers to offered leads, and who is available."""
