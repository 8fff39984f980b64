"""What the entries of leads are asked with, by every role."""

from __future__ import annotations

from typing import Any, Final

from models.accounts.rights import Action

_NOBODYS: Final[dict[str, str]] = {"lead": "3f1c0c2a-0000-4000-8000-000000000000"}
_DIALOGS: Final = ("new", "make", "assign", "give", "note", "write", "activity", "plan", "snooze", "rest")

LEAD_LINES: Final[dict[str, tuple[Action, Any]]] = {
    "command lead list": (Action.DEAL_READ, ""),
    "command lead show": (Action.DEAL_READ, "Acme"),
    "command lead new": (Action.CARD_PRESS, "Inbound for jana@globex.test"),
    "command lead claim": (Action.CARD_PRESS, "Acme"),
    "command lead assign": (Action.CARD_PRESS, "Acme to Ada"),
    "command lead status": (Action.CARD_PRESS, "Acme contacted"),
    "command lead note": (Action.CARD_PRESS, "Acme: call"),
    "command lead snooze": (Action.CARD_PRESS, "Acme until tomorrow: budget"),
    "command lead convert": (Action.CARD_PRESS, "Acme"),
    "command lead pipelines": (Action.DEAL_READ, ""),
    "button lead.adopting": (Action.DEAL_READ, {}),
    "dialog lead.pipelines": (Action.SPACE_CHANGE, {}),
    "dialog lead.choose": (Action.SPACE_CHANGE, {}),
    "dialog lead.move": (Action.CARD_PRESS, _NOBODYS),
    "command score explain": (Action.DEAL_READ, "Acme"),
    "command score weights": (Action.SPACE_CHANGE, ""),
    "command score recompute": (Action.SPACE_CHANGE, ""),
    "button score.progress": (Action.SPACE_CHANGE, {}),
    "dialog score.weights": (Action.SPACE_CHANGE, {}),
    "dialog score.try": (Action.SPACE_CHANGE, {}),
    "dialog score.save": (Action.SPACE_CHANGE, {}),
    "button lead.show": (Action.DEAL_READ, _NOBODYS),
    "button lead.list": (Action.DEAL_READ, {}),
    "button lead.claim": (Action.CARD_PRESS, _NOBODYS),
    "button lead.contacted": (Action.CARD_PRESS, _NOBODYS),
    **{f"dialog lead.{each}": (Action.CARD_PRESS, _NOBODYS) for each in (*_DIALOGS, "convert", "become")},
}
