"""The initial Chat: four people, three spaces, a direct message with the app for each person."""

from web.playground.chat.store import ChatStore, StoredSpace
from web.playground.people import PEOPLE

ROOMS = {"spaces/AAAA": "Deals", "spaces/BBBB": "Wins wall", "spaces/CCCC": "Leads"}

COMMANDS = [
    {"id": 1, "name": "/pipenotify", "description": "Everything Pipenotify does", "type": "SLASH_COMMAND"},
    {"id": 2, "name": "/pn", "description": "Short for /pipenotify", "type": "SLASH_COMMAND"},
    {"id": 3, "name": "New rule", "description": "Make a rule", "type": "QUICK_COMMAND", "dialog": True},
    {"id": 4, "name": "Mute", "description": "No cards for a while", "type": "QUICK_COMMAND", "dialog": True},
    {"id": 5, "name": "My inbox", "description": "What was sent to you", "type": "QUICK_COMMAND"},
    {"id": 6, "name": "My leads", "description": "Your open leads, the best first", "type": "QUICK_COMMAND"},
    {"id": 7, "name": "Report", "description": "The last 7 days, as bars", "type": "QUICK_COMMAND"},
    {"id": 8, "name": "Write to Pipedrive", "description": "From a message", "type": "MESSAGE_ACTION"},
]


def seed(store: ChatStore) -> None:
    """Add who and what is missing; a store that an earlier release kept gets the people it did not know."""
    everybody = {person.name for person in PEOPLE}
    for person in PEOPLE:
        store.add_person(person)
        direct = person.name.replace("users/", "spaces/DM")
        if direct not in store.spaces:
            store.add_space(StoredSpace(direct, direct=True, members={person.name}))
    for name, title in ROOMS.items():
        key = name.removeprefix("spaces/").lower()
        webhooks = {f"key-{key}": f"token-{key}"}
        if name not in store.spaces:
            store.add_space(StoredSpace(name, title, webhooks=webhooks))
        store.spaces[name].members |= everybody
