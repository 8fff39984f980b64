"""A tenant's authorisation at Pipedrive and all that depends on it."""
