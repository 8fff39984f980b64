"""What a process needs beside the queue: the embedded Redis, a health server, the kernel."""
