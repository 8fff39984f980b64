"""Rules in Chat: lists, the dialog, test cards."""
