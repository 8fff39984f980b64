"""What we say: cards, commands, dialogs. Pure: no network, no queue, no Flask."""
