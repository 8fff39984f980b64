"""Reminders of a person, and the days off of people and the team."""
