"""The processes beside the queue: embedded Redis, a health server, the kernel."""
