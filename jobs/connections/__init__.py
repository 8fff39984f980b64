"""Jobs that keep connections to Pipedrive right: checks, webhooks, users, backfills."""
