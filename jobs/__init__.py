"""When we say it, and the wires that carry it."""
