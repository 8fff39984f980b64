"""How leads end that somebody archived in Pipedrive: what is known of it, and what Pipedrive is asked."""
