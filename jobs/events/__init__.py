"""From a stored event to its deliveries."""
