"""What people press on cards: a noun a file, a button a function."""
