"""REST v1: routes over the same actions and queries as Chat and the pages."""
