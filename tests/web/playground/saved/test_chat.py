"""A Chat that is restored from its own state is the same for people and for the app."""

from __future__ import annotations

import json

from web.playground.chat.seed import seed
from web.playground.chat.store import APP, ChatStore, StoredSpace
from web.playground.saved.chat import chat_state, restore_chat

SPACE = "spaces/AAAA"


def restored(store: ChatStore) -> ChatStore:
    again = ChatStore()
    seed(again)
    restore_chat(again, json.loads(json.dumps(chat_state(store))))
    return again


def test_spaces_messages_and_threads_come_back_in_order() -> None:
    store = ChatStore()
    seed(store)
    store.add_space(StoredSpace("spaces/NEW", "New one", members={"users/1001"}, app_is_member=False))
    thread = {"name": store.new_thread(SPACE), "threadKey": "deal-1"}
    store.remember_thread(SPACE, "app", "deal-1", thread["name"])
    card = [{"cardId": "c", "card": {"header": {"title": "Won"}}}]
    first = store.post(store.spaces[SPACE], APP, {"cardsV2": card}, thread=thread, client_id="client-a")
    store.requests[SPACE, "app", "r1"] = first
    store.post(store.spaces[SPACE], APP, {"text": "for Ada"}, viewer="users/1001")
    store.edit(first, {"text": "edited"})

    kept = restored(store)

    assert [each.resource() for each in kept.messages()] == [each.resource() for each in store.messages()]
    assert kept.spaces == store.spaces
    found = kept.find(f"{SPACE}/messages/client-a")
    assert found is not None
    assert found is kept.requests[SPACE, "app", "r1"]
    assert kept.thread_of_key(SPACE, "app", "deal-1") == thread["name"]
    assert kept.new_thread(SPACE) != store.new_thread(SPACE)
