"""Jobs that run by the clock, one file each."""
