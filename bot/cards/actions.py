"""What a card offers to do, and the lines that say what was done on it.

A button carries only our delivery and the last action that the card shows; all else is checked when it is
pressed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.text.field_values import readable_text
from bot.text.format import cut_letters, moment
from bot.widgets import Button, Fact, Icon, Message, Press, Section, Widget, press
from models.accounts.rights import Action, Scope, scope_of
from models.card_actions.actions import CLAIMS
from models.card_actions.queries import ShownAction
from models.card_actions.words import deed, holds
from models.connections.visibility import TO_A_PERSON
from models.deliveries.claimed import ClaimedDelivery
from models.languages.translate import marked, tr, tr_in
from models.pipedrive.change import Change
from models.pipedrive.declaration import Markup
from models.pipedrive.local_time import NO_ZONE
from models.pipedrive.name_refs import id_key
from models.pipedrive.names import Names
from models.tables.card_actions import CardActionState

IN_CHAT: Final = ("chat_space", TO_A_PERSON)  # in an incoming webhook's message only links work
MOST_LINES: Final = 4
NOTE_LETTERS: Final = 200

_TEXTS: Final = {
    "deal.claim": marked("Claim", "button"),
    "deal.assign": marked("Assign", "button"),
    "deal.move": marked("Move", "button"),
    "deal.won": marked("Won", "button"),
    "deal.lost": marked("Lost", "button"),
    "deal.note": marked("Note", "button"),
    "deal.activity": marked("Follow-up", "button"),
    "activity.done": marked("Done", "button"),
    "lead.claim": marked("Claim", "button"),
    "lead.contacted": marked("Contacted", "button"),
    "lead.assign": marked("Assign", "button"),
    "lead.snooze": marked("Not now", "button"),
    "lead.convert": marked("Convert", "button"),
    "lead.note": marked("Note", "button"),
    "lead.activity": marked("Follow-up", "button"),
}
_ON_A_LEAD: Final = (
    "lead.claim",
    "lead.contacted",
    "lead.assign",
    "lead.snooze",
    "lead.convert",
    "lead.note",
    "lead.activity",
)
_ON_A_LEAD_DEAL: Final = ("deal.claim", "lead.contacted", "deal.assign", "lead.snooze")
_ON_A_CLOSED_DEAL: Final = ("deal.note", "deal.activity", "deal.assign", "deal.claim")
_ON_AN_OPEN_DEAL: Final = (
    ("created", ("deal.assign", "deal.move", "deal.note", "deal.won", "deal.lost", "deal.activity")),
    ("stalled", ("deal.activity", "deal.move", "deal.lost", "deal.note", "deal.won", "deal.assign")),
    ("stage_changed", ("deal.move", "deal.won", "deal.lost", "deal.note", "deal.activity", "deal.assign")),
    ("", ("deal.move", "deal.note", "deal.activity", "deal.won", "deal.lost", "deal.assign")),
)


@dataclass(frozen=True, slots=True)
class ShownState:
    """The object as its card shows it: the state of the event, and what was done since.

    `is_lead`: it is a deal that is a lead of the team.
    """

    change: Change
    actions: Sequence[ShownAction] = ()
    is_lead: bool = False

    @property
    def seen(self) -> int:
        """The last action that the card shows as over; 0 for none."""
        return max((each.id for each in self.actions if not each.is_open), default=0)

    def value(self, key: str) -> Any:
        """Return what a field holds, as far as the card shows it."""
        found = self.change.state.get(key)
        for each in self.actions:
            if not each.is_open and each.slot == key:
                found = each.fields.get(key)
        return found

    def id(self, key: str) -> str:
        """Return the id that a field holds, empty for none."""
        raw = self.value(key)
        if isinstance(raw, Mapping):  # older bodies send {"id": 7, "name": "Ada"} instead of the id
            raw = raw.get("id", raw.get("value"))
        return id_key(raw) or ""


def offered(head: ClaimedDelivery, shown: ShownState) -> list[Button]:
    """Return the buttons of a delivered card, the likely one first; none where nobody could press them."""
    if head.kind not in IN_CHAT or head.is_test or head.redacted_because:
        return []
    mute = (
        [Button(tr("Mute this rule"), press("rule.mute", dialog=True, rule=head.rule_id))]
        if head.rule_id
        else []
    )
    always = [*mute, Button(tr("Why"), press("delivery.why", delivery=head.id))]
    change = shown.change
    if change.action == "deleted" or change.entity not in _OFFERS or not _may_press(head):
        return always
    names = [each for each in _OFFERS[change.entity](shown) if each not in CLAIMS or _may_claim(head, shown)]
    seen = shown.seen
    return [*(Button(tr_in("button", _TEXTS[each]), _press(each, head.id, seen)) for each in names), *always]


def _may_press(head: ClaimedDelivery) -> bool:
    """Tell whether the reader may press; in a space that is known only when somebody does."""
    is_personal = head.kind == TO_A_PERSON and head.person_role is not None
    return not is_personal or scope_of(head.person_role, Action.CARD_PRESS) is not Scope.NOTHING


def _may_claim(head: ClaimedDelivery, shown: ShownState) -> bool:
    """Tell whether the object may become the reader's: it is not, if the reader is known and owns it."""
    if head.kind != TO_A_PERSON or not head.person_pipedrive_id:
        return True
    return shown.id("owner_id") != head.person_pipedrive_id


def _offer_deal(shown: ShownState) -> list[str]:
    if shown.value("status") in ("won", "lost"):
        return list(_ON_A_CLOSED_DEAL)
    verbs = {each.partition(".")[2] for each in shown.change.types}
    usual = list(next(names for verb, names in _ON_AN_OPEN_DEAL if not verb or verb in verbs))
    if shown.is_lead:
        return [*_ON_A_LEAD_DEAL, *(each for each in usual if each not in _ON_A_LEAD_DEAL)]
    return ["deal.claim", *usual] if not shown.id("owner_id") else [*usual, "deal.claim"]


def _offer_lead(shown: ShownState) -> list[str]:
    converted = any(each.do == "lead.convert" for each in shown.actions)
    return [] if shown.value("is_archived") in (True, 1) or converted else list(_ON_A_LEAD)


def _offer_activity(shown: ShownState) -> list[str]:
    return [] if shown.value("done") in (True, 1) else ["activity.done"]


_OFFERS: Final[Mapping[str, Callable[[ShownState], list[str]]]] = {
    "deal": _offer_deal,
    "lead": _offer_lead,
    "activity": _offer_activity,
}


def _press(do: str, delivery_id: int, seen: int) -> Press:
    params = {"delivery": str(delivery_id), **({"seen": str(seen)} if seen else {})}
    return Press(do, params, _PRESSES[do].dialog)


_PRESSES: Final = {
    each.do: each
    for each in (
        press("deal.claim"),
        press("deal.assign", dialog=True),
        press("deal.move", dialog=True),
        press("deal.won"),
        press("deal.lost", dialog=True),
        press("deal.note", dialog=True),
        press("deal.activity", dialog=True),
        press("activity.done"),
        press("lead.claim"),
        press("lead.contacted"),
        press("lead.assign", dialog=True),
        press("lead.snooze", dialog=True),
        press("lead.convert", dialog=True),
        press("lead.note", dialog=True),
        press("lead.activity", dialog=True),
    )
}


def with_deeds(
    message: Message, actions: Sequence[ShownAction], names: Names, timezone: str = NO_ZONE
) -> Message:
    """Return a card with what was done on it above all else: the newest of each kind, at most four lines."""
    rows = _rows(actions, names, timezone)
    if not rows or message.card is None:
        return message
    card = replace(message.card, sections=[Section(rows), *message.card.sections])
    return replace(message, card=card)


def _rows(actions: Sequence[ShownAction], names: Names, timezone: str) -> list[Widget]:
    newest: dict[object, ShownAction] = {}
    for each in actions:
        newest[each.slot or each.id] = each
    shown = sorted(newest.values(), key=lambda each: each.id)[-MOST_LINES:]
    return [_row(each, names, timezone) for each in reversed(shown)]


def _row(action: ShownAction, names: Names, timezone: str) -> Fact:
    done = Icon("check_circle", tr("Done"))
    if action.state == CardActionState.OVERTAKEN:
        return Fact(holds(action.slot, action.fields.get(action.slot), names), icon=done)
    words = deed(action.do, action.fields, names, is_open=action.is_open)
    if action.is_open:
        text = tr("Working on it: {deed}", deed=f"{action.who} {words}")
        return Fact(text, icon=Icon("hourglass_top", tr("Working on it")))
    return Fact(f"{action.who} {words}", icon=done, below=_below(action, timezone))


def _below(action: ShownAction, timezone: str) -> str:
    note = readable_text(str(action.fields.get("content") or ""), Markup.HTML)
    return " · ".join(filter(None, (cut_letters(note, NOTE_LETTERS), moment(action.at, timezone))))
