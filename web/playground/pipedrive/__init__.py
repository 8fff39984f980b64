"""A simulation of Pipedrive over HTTP."""
