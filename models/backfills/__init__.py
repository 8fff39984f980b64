"""Gaps in which changes may have been missed, and the backfills that read them."""
