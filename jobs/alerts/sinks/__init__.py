"""Where alerts go: one file for each sink."""
