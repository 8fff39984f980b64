"""The simulated Chat as JSON and back: spaces, messages, threads."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from web.playground.chat.seed import seed
from web.playground.chat.store import ChatStore, StoredMessage, StoredSpace

_MESSAGE = tuple(one.name for one in fields(StoredMessage) if one.name != "space")


def chat_state(store: ChatStore) -> dict[str, Any]:
    """Everything that people would miss; open dialogs are not kept, as their browser tab is gone."""
    with store.lock:
        return {
            "spaces": [_space(one) for one in store.spaces.values()],
            "messages": [
                {"space": one.space.name} | {name: getattr(one, name) for name in _MESSAGE}
                for one in store.messages()
            ],
            "threads": [[*key, thread] for key, thread in store.threads.items()],
            "requests": [[*key, one.name] for key, one in store.requests.items()],
        }


def restore_chat(store: ChatStore, state: Mapping[str, Any]) -> None:
    """Replace what the store has. Raises KeyError or TypeError for what `chat_state` never returned."""
    spaces = [StoredSpace(**one | {"members": set(one["members"])}) for one in state["spaces"]]
    named = {one.name: one for one in spaces}
    messages = [StoredMessage(**one | {"space": named[one["space"]]}) for one in state["messages"]]
    threads = {(space, author, key): thread for space, author, key, thread in state["threads"]}
    store.replace(spaces, messages, threads)
    seed(store)
    for space, caller, request, name in state["requests"]:
        found = store.find(name)
        if found:
            store.requests[space, caller, request] = found


def _space(space: StoredSpace) -> dict[str, Any]:
    known = {one.name: getattr(space, one.name) for one in fields(StoredSpace)}
    return known | {"members": sorted(space.members), "webhooks": dict(space.webhooks)}
