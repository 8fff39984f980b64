"""Pipedrive's data as pure functions: webhook bodies, changes, entities, event types and filters."""
