"""How requests come in: bodies with a limit and a deadline, and threads for each kind of work."""
