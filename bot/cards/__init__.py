"""Cards: facts in, a message out; none of them knows another."""
