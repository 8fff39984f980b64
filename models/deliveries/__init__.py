"""Deliveries: lanes, claims, quotas, replays, test cards, notices."""
