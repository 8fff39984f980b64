"""The admin pages: what was sent, destinations, people, access, audit trail, and the data of people."""
