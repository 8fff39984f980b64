"""What the entries of routing are asked with, by every role."""

from __future__ import annotations

from typing import Any, Final

from models.accounts.rights import Action

_NOBODYS: Final[dict[str, str]] = {"assignment": "999"}
_POLICY: Final = ("edit", "try", "save", "remove", "delete")

ROUTING_LINES: Final[dict[str, tuple[Action, Any]]] = {
    "command routing list": (Action.DEAL_READ, ""),
    "command routing set": (Action.SPACE_CHANGE, ""),
    "command routing on": (Action.SPACE_CHANGE, "none"),
    "command routing off": (Action.SPACE_CHANGE, "none"),
    "command routing undo": (Action.SPACE_CHANGE, "none"),
    "command routing try": (Action.SPACE_CHANGE, "none"),
    "command routing report": (Action.DEAL_READ, "7d"),
    "command available list": (Action.ATTENTION_SELF, ""),
    "command available off": (Action.ATTENTION_SELF, "until tomorrow"),
    "command available on": (Action.ATTENTION_SELF, ""),
    "button route.list": (Action.DEAL_READ, {}),
    "button route.report": (Action.DEAL_READ, {}),
    "button route.switch": (Action.SPACE_CHANGE, {"policy": "999"}),
    "button route.undo": (Action.SPACE_CHANGE, {"policy": "999"}),
    "button route.accept": (Action.CARD_PRESS, _NOBODYS),
    **{f"dialog route.{each}": (Action.SPACE_CHANGE, {"policy": "999"}) for each in _POLICY},
    "dialog route.ask": (Action.CARD_PRESS, _NOBODYS),
    "dialog route.decline": (Action.CARD_PRESS, _NOBODYS),
}
