"""The rules of a team as one document: exported as a text to copy, imported after a look at what changes."""
