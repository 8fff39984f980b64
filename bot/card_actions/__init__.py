"""The buttons on cards that write to Pipedrive, and their dialogs."""
