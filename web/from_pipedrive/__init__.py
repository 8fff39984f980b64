"""The door for Pipedrive's webhooks."""
