"""A Google Chat and a Pipedrive of our own: real protocols over loopback, for the demo and the tests."""
