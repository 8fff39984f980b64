"""Faults that are planted into the engine, one at a time, to see that the simulation finds them."""
