"""Rules and what only some may see in Pipedrive: an admin lets one rule, or all, show it."""
