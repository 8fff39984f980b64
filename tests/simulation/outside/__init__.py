"""What is outside Chat: mail servers and receivers of webhooks, fallbacks, and what must hold of them."""
