"""privacy: for how long what is kept, how much is kept of a person, and whether it is encrypted."""
