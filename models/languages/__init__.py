"""The languages that people are answered in: English in the code, any other in its own file here."""
