"""Types of columns that mean more than what is stored."""
