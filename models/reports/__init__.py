"""What is read of deliveries and events: parts of the log, and figures."""
