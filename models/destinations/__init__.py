"""Where cards go: spaces, people, incoming webhooks; and their quiet hours."""
