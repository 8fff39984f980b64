"""Durable waits: what is done later, for whom, and what ends it before."""
