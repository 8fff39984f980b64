"""Chooses the thread of a new message by `messageReplyOption`, as Chat does."""

from collections.abc import Mapping
from typing import Any

from web.playground.chat.store import ChatStore, StoredSpace
from web.playground.google.errors import GoogleError

FALL_BACK = "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
OR_FAIL = "REPLY_MESSAGE_OR_FAIL"
UNSPECIFIED = "MESSAGE_REPLY_OPTION_UNSPECIFIED"
KEY_LIMIT = 4000


def thread_for(
    store: ChatStore, space: StoredSpace, author: str, body: Mapping[str, Any], option: str | None
) -> dict[str, str]:
    """The Thread resource of a new message.

    Without an option the requested thread is ignored and a new one begins
    (argoproj/notifications-engine#359). Raises
    GoogleError 400 for an option without a thread or a key that is too long, 404 for REPLY_MESSAGE_OR_FAIL
    if there is no such thread.
    """
    if option in (None, UNSPECIFIED):
        return {"name": store.new_thread(space.name)}
    if option not in (FALL_BACK, OR_FAIL):
        raise GoogleError(400, f"Invalid value at 'message_reply_option': {option!r}")
    key, name = body.get("threadKey"), body.get("name")
    if not key and not name:
        raise GoogleError(400, "messageReplyOption needs thread.name or thread.threadKey")
    if key and len(key) > KEY_LIMIT:
        raise GoogleError(400, f"thread.threadKey is over {KEY_LIMIT} characters")
    if key:
        return _by_key(store, space, author, key, option)
    if name and store.has_thread(space.name, name):
        return {"name": name}
    return _new(store, space, option)


def _by_key(store: ChatStore, space: StoredSpace, author: str, key: str, option: str) -> dict[str, str]:
    known = store.thread_of_key(space.name, author, key)
    if known:
        return {"name": known, "threadKey": key}
    thread = _new(store, space, option)
    store.remember_thread(space.name, author, key, thread["name"])
    return thread | {"threadKey": key}


def _new(store: ChatStore, space: StoredSpace, option: str) -> dict[str, str]:
    if option == OR_FAIL:
        raise GoogleError(404, "The thread does not exist.")
    return {"name": store.new_thread(space.name)}
