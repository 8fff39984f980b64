"""What Chat sends and takes, in both of its dialects."""
