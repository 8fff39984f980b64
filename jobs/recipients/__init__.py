"""What workers do with deliveries to people whom records name."""
