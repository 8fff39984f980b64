"""What Chat sends and what it expects, in both of its dialects."""
