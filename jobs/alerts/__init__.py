"""Alerts to whoever runs the service: what is looked at, and how they are sent."""
