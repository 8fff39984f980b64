"""What happened to a rule while its dialog was open: somebody else changed or deleted it."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from bot.context import Context
from bot.rules.condition_words import condition_words
from bot.text.event_types import event_types_text
from bot.text.format import ago, listed
from models.clock import now
from models.connections.names import known_names
from models.database.row_ids import row_id
from models.destinations.queries import space_titles
from models.rules.drafts import RuleDraft
from models.rules.history import Deletion, find_deletion, last_change
from models.rules.save import read_draft
from models.tables import Rule

_PARTS: Final = ("name", "on", "when", "to", "template", "urgent")


def marks_of(draft: RuleDraft) -> str:
    """Return a short mark of each part that the dialog shows; it travels with the dialog."""
    return ",".join(f"{part}:{_mark(getattr(draft, part))}" for part in _PARTS)


def _mark(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:8]


def changed_meanwhile(context: Context, rule: Rule, seen: str) -> str:
    """Say who changed what since the dialog was opened with the marks `seen`; empty if nothing it shows.

    A dialog of an older version has no marks.
    """
    draft = read_draft(context.session, rule)
    before = dict(part.split(":", 1) for part in seen.split(",") if ":" in part)
    present = dict(part.split(":", 1) for part in marks_of(draft).split(","))
    changed = [part for part in _PARTS if part in before and before[part] != present[part]]
    if not changed:
        return ""
    who = last_change(context.session, context.tenant_id, rule.name)
    says = "; ".join(_part_text(context, part, draft) for part in changed)
    return (
        f"{who or 'Somebody'} changed this rule while you edited it. It is now so: {says}."
        " Your input is kept below and not saved yet. Save again, and it replaces that."
    )


def _part_text(context: Context, part: str, draft: RuleDraft) -> str:
    titles = space_titles(context.session, context.tenant_id)
    texts = {
        "name": f"Name “{draft.name}”",
        "on": f"When “{event_types_text(draft.on)}”",
        "when": f"Only if “{_when_text(context, draft)}”",
        "to": f"Post to “{listed([titles.get(each, each) for each in draft.to]) or 'nowhere'}”",
        "template": "another look",
        "urgent": "urgent" if draft.urgent else "not urgent",
    }
    return texts[part]


def _when_text(context: Context, draft: RuleDraft) -> str:
    names = known_names(context.session, context.tenant_id)
    return condition_words(draft.when, draft.on, names) or "always"


def deletion_of(context: Context, rule_id: str) -> Deletion | None:
    """Return how the rule of a button was deleted, None if this tenant deleted no such rule."""
    number = row_id(rule_id)
    return find_deletion(context.session, context.tenant_id, number) if number is not None else None


def deletion_text(deletion: Deletion | None) -> str:
    """Return what happened to a deleted rule, in one sentence."""
    if deletion is None:
        return "This rule was deleted."
    return f"“{deletion.name}” was deleted by {deletion.who}, {ago(deletion.at, now())}."
