"""The delivery log in Chat: what was sent, what failed, sending it again."""
