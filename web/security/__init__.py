"""Sessions, headers, CSRF, trusted hosts and limits for every page."""
