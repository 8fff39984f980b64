"""Forms on web sites that make leads: made and revoked by admins, filled in by anybody."""
