"""Names for Pipedrive's ids: cached, looked up, dropped when they change."""
