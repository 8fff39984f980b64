"""What we remember, and what Pipedrive means."""
