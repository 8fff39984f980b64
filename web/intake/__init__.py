"""The door for forms on web sites, which make leads."""
