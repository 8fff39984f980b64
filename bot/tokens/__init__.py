"""Tokens of people for programs that call REST, from Chat."""
