"""Routing: new leads find an owner by the policies of a team, who answers in time or loses them."""
