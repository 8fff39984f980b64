"""The dialog of a rule: what is filled in, what is offered, and how it is drawn."""
