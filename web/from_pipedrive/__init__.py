"""The endpoint for Pipedrive's webhooks."""
