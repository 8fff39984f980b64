"""What a burst of changes in one space leads to."""
