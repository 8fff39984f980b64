"""The dialects in which Pipedrive (and older senders) tell of a change, one a file."""
