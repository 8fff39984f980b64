"""The dialects in which Pipedrive (and older senders) report a change, one a file."""
