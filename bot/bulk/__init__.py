"""Many rules at once: chosen in a dialog, changed after a look, undone by a press."""
