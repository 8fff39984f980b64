"""REST of routing: policies, assignments, availability."""
