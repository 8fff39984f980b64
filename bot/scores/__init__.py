"""The scores of leads: why one is what it is, the weights of the team, and scoring all anew."""
