"""What operators are alerted of, from which thresholds on, and which sinks have which alert."""
