"""What workers do with durable waits."""
