"""privacy: for how long what is kept, and how much is kept of a person."""
