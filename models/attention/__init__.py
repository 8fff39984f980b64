"""What people turn down: mutes, quiet hours, and digests."""
