"""The engine: it fans out events, delivers messages, and calls Chat, Pipedrive and Google."""
