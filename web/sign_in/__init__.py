"""Signing in with Google or with a link from Chat."""
