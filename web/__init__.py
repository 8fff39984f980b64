"""Who may speak to us: doors for Pipedrive, Google Chat and people."""
