"""The routes of destinations, which REST calls webhooks."""
