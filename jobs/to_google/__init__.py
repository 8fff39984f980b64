"""The client of Google's sign-in and of its public keys."""
