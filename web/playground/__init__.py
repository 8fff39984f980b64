"""Simulations of Google Chat and Pipedrive: real protocols over loopback, for the demo and the tests."""
