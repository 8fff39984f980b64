"""The language that a person is answered in, and that of the cards in spaces."""
