"""Deliveries to destinations: lanes, claims, quotas, replays."""
