"""Clients of servers that the operator names: those of sinks of alerts, and the service itself."""
