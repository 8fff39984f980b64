"""The log of deliveries in Chat: what was sent, what failed, sending it again."""
