"""The plan of a tenant: how many cards a month it has, and what happens once they are used."""
