"""The people of a team and their roles, from Chat."""
