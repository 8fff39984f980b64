"""The routes of leads and their scores."""
