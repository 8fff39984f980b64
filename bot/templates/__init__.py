"""Templates in Chat: lists, a dialog with a preview on a real event."""
