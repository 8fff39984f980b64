"""What people type after /pipenotify: a noun a file, a verb a function."""
