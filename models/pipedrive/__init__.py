"""What the data of Pipedrive means: bodies, changes, entities, event types and filters, as pure functions."""
