"""What every entry of nudges is asked with, and the right that it needs."""

from __future__ import annotations

from typing import Any, Final

from models.accounts.rights import Action

NO_LINE: Final = {"line": "999999"}
NUDGE_LINES: Final[dict[str, tuple[Action, Any]]] = {
    "command nudge": (Action.DEAL_READ, ""),
    "command nudge off": (Action.ATTENTION_CHANGE, ""),
    "command nudge on": (Action.ATTENTION_CHANGE, ""),
    "command nudge settings": (Action.ATTENTION_CHANGE, ""),
    "command nudge team": (Action.PEOPLE_READ, ""),
    "button nudge.check_keep": (Action.ATTENTION_CHANGE, {"check": "no_value"}),
    "button nudge.check_off": (Action.ATTENTION_CHANGE, {"check": "no_value"}),
    "button nudge.done": (Action.CARD_PRESS, NO_LINE),
    "button nudge.list": (Action.DEAL_READ, {}),
    "button nudge.on": (Action.ATTENTION_CHANGE, {}),
    "dialog nudge.fix": (Action.CARD_PRESS, NO_LINE),
    "dialog nudge.mend": (Action.CARD_PRESS, NO_LINE),
    "dialog nudge.put_off": (Action.CARD_PRESS, NO_LINE),
    "dialog nudge.save": (Action.ATTENTION_CHANGE, {}),
    "dialog nudge.set": (Action.ATTENTION_CHANGE, {}),
    "dialog nudge.snooze": (Action.CARD_PRESS, NO_LINE),
}
