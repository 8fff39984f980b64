"""Mutes, quiet hours and digests, from Chat."""
