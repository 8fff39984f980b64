"""The database, and the meaning of Pipedrive's data."""
