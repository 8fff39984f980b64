"""Pages that connect a tenant to Pipedrive and disconnect it."""
