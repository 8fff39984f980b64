"""What a process takes of the quota of writes to Chat, and which lanes it may claim with it."""
