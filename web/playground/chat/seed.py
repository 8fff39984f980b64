"""The initial Chat: two people, three spaces, a direct message with the app for each person."""

from web.playground.chat.store import ChatStore, StoredSpace
from web.playground.people import ADA, BEN

ROOMS = {"spaces/AAAA": "Deals", "spaces/BBBB": "Wins wall", "spaces/CCCC": "Leads"}

COMMANDS = [
    {"id": 1, "name": "/pipenotify", "description": "Everything Pipenotify does", "type": "SLASH_COMMAND"},
    {"id": 2, "name": "/pn", "description": "Short for /pipenotify", "type": "SLASH_COMMAND"},
    {"id": 3, "name": "New rule", "description": "Make a rule", "type": "QUICK_COMMAND", "dialog": True},
]


def seed(store: ChatStore) -> None:
    for person in (ADA, BEN):
        store.add_person(person)
        direct = person.name.replace("users/", "spaces/DM")
        store.add_space(StoredSpace(direct, direct=True, members={person.name}))
    for name, title in ROOMS.items():
        key = name.removeprefix("spaces/").lower()
        webhooks = {f"key-{key}": f"token-{key}"}
        store.add_space(StoredSpace(name, title, members={ADA.name, BEN.name}, webhooks=webhooks))
