"""The first steps of a newcomer: each is done when what it promises has happened, not when it was tried."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from web.playground.chat.store import ChatStore, StoredMessage
from web.playground.play import Playground

LOOKED_AT = 200  # messages of a space, newest first
COMMANDS = ("/pipenotify", "/pn")


class FirstSteps:
    """`has_own_rule()` says whether somebody made a rule; what was done once stays done."""

    def __init__(self, play: Playground, has_own_rule: Callable[[], bool]) -> None:
        self._play = play
        self._checks: dict[str, Callable[[], bool]] = {
            "typed": self._has_command,
            "ruled": has_own_rule,
            "won": self._has_card_of_a_win,
        }
        self._done: set[str] = set()

    def __call__(self) -> dict[str, bool]:
        """The steps in their order, and whether each is done."""
        self._done |= {name for name, is_done in self._checks.items() if name not in self._done and is_done()}
        return {name: name in self._done for name in self._checks}

    def _has_card_of_a_win(self) -> bool:
        """Whether the app posted for everybody about a deal after it was won."""
        won = [one for one in self._play.pipedrive.store.all("deal") if one["status"] == "won"]
        cards = [one for one in _latest(self._play.chat.store) if _is_of_app(one)]
        return any(_is_about(card, deal) for card in cards for deal in won)

    def _has_command(self) -> bool:
        texts = (str(one.content.get("text", "")) for one in _latest(self._play.chat.store))
        return any(text.split(" ")[0] in COMMANDS for text in texts)


def _latest(store: ChatStore) -> Iterable[StoredMessage]:
    for space in list(store.spaces):
        yield from store.messages(space)[-LOOKED_AT:]


def _is_of_app(message: StoredMessage) -> bool:
    return message.sender["type"] == "BOT" and message.viewer is None and not message.error


def _is_about(card: StoredMessage, deal: dict[str, Any]) -> bool:
    if card.created < str(deal["won_time"] or "").removesuffix("Z"):  # both in UTC, one with a fraction
        return False
    content = json.dumps(card.content, ensure_ascii=False)
    return f'/deal/{deal["id"]}"' in content or deal["title"] in content
