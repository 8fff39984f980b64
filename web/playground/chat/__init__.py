"""A simulation of Google Chat over HTTP."""
