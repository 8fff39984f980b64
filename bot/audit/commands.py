"""audit: who did what and when, for admins."""

from __future__ import annotations

from typing import Final

from bot.cards.done import done_card
from bot.chat.reply import Reply, Say
from bot.context import Context, command
from bot.text.format import ago
from bot.widgets import Button, Card, Fact, Link, Message, Section, Text, Widget
from models.accounts.rights import Action
from models.accounts.trail import TrailSelection, read_trail
from models.clock import now
from models.languages.translate import tr
from models.reports.figures import RANGES, days_ago
from models.tables.audit import AuditEntry

SHOWN: Final = 15
_LONGEST: Final = 200  # letters of what an entry was about


@command(
    "audit",
    right=Action.AUDIT_READ,
    usage="[7d] [rule|space|...] [e-mail]",
    summary="Who did what and when; of some days, of one kind of thing, or of one person",
)
def audit(context: Context) -> Reply:
    wanted = _selection(context.args)
    entries, total = read_trail(context.session, context.actor, wanted, limit=SHOWN)
    title = tr("Audit trail")
    if not entries:
        return Say(done_card(title, tr("Nothing like that was done.")))
    rows: list[Widget] = [_row(each) for each in entries]
    count = tr("{shown} of {total}", shown=len(entries), total=total)
    docs = Button(tr("Documentation"), Link(f"{context.deps.base_url}/docs"))
    more = Text(tr("Programs read all of it, with filters, at {path}.", path="/api/v1/admin/audit"))
    card = Card(title, count, [Section(rows), Section([more])], [docs], card_id="audit")
    return Say(Message(card, fallback_text=f"{title}: {count}"))


def _selection(words: tuple[str, ...]) -> TrailSelection:
    """Read a range, a person's e-mail, and the noun or name of an action, in any order."""
    days = next((RANGES[word.lower()] for word in words if word.lower() in RANGES), None)
    person = next((word.lower() for word in words if "@" in word), None)
    rest = [word.lower() for word in words if "@" not in word and word.lower() not in RANGES]
    return TrailSelection(rest[0] if rest else None, person, None if days is None else days_ago(days))


def _row(entry: AuditEntry) -> Fact:
    when = ago(entry.created_at, now())
    return Fact(f"{entry.action}: {entry.object}"[:_LONGEST], label=f"{when} · {entry.actor}")
