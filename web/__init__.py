"""The web part: endpoints for Pipedrive, Google Chat and people."""
