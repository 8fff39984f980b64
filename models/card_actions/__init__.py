"""What people press on cards: recorded once, written to Pipedrive as themselves, shown on every copy."""
