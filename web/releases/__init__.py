"""Putting a release into operation: what App Engine is given, and whether the release is well afterwards."""
