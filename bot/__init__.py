"""Cards, commands and dialogs of the Chat app. Pure: no network, no queue, no Flask."""
