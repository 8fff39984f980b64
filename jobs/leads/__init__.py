"""Work on leads by the clock: looking at what changed, and scoring."""
