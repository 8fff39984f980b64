"""What the playground keeps on disk, so that a restart goes on where it stopped."""
