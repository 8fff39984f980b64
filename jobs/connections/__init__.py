"""Jobs that maintain connections to Pipedrive: checks, webhooks, users, backfills."""
