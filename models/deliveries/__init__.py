"""What is owed to destinations: lanes, claims, quotas, replays."""
