"""One stream of what happens in a team, for programs that follow it."""
