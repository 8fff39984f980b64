"""What happened to a rule while its dialog was open: somebody else changed or deleted it."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from bot.context import Context
from bot.rules.condition_words import condition_words
from bot.rules.sentence import rule_sentence
from bot.text.event_types import event_types_text
from bot.text.format import ago, listed
from models.accounts import permissions
from models.accounts.rights import Action, Scope
from models.clock import now
from models.connections.names import choice_names
from models.database.row_ids import row_id
from models.destinations.queries import space_titles
from models.destinations.recipients import mention_text
from models.languages.translate import marked, tr
from models.pipedrive.filters.filters import InvalidFilter
from models.rules.drafts import RuleDraft
from models.rules.history import Deletion, deleted_draft, find_deletion, last_change
from models.rules.save import read_draft
from models.tables import Rule

UNREADABLE: Final = marked("conditions that cannot be read any more")
_PARTS: Final = ("name", "on", "when", "to", "template", "urgent", "thread", "update", "mention")


def marks_of(draft: RuleDraft) -> str:
    """Return a short mark of each part that the dialog shows; it travels with the dialog."""
    return ",".join(f"{part}:{_mark(getattr(draft, part))}" for part in _PARTS)


def _mark(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:8]


def changed_meanwhile(context: Context, rule: Rule, seen: str, mine: RuleDraft) -> str:
    """Say who changed what since the dialog was opened with the marks `seen`; empty if nothing it shows.

    `mine` is what the person wants to save: both versions are told. A dialog of an older version has no
    marks.
    """
    draft = read_draft(context.session, rule)
    before = dict(part.split(":", 1) for part in seen.split(",") if ":" in part)
    present = dict(part.split(":", 1) for part in marks_of(draft).split(","))
    changed = [part for part in _PARTS if part in before and before[part] != present[part]]
    if not changed:
        return ""
    who = last_change(context.session, context.tenant_id, rule.name)
    says = "; ".join(_part_text(context, part, draft) for part in changed)
    return tr(
        "{who} changed this rule while you edited it: {says}.\nTheirs, as it is now:"
        " {theirs}\nYours, kept below and not saved yet: {yours}\nSave again, and yours"
        " replaces theirs.",
        who=who or tr("Somebody"),
        says=says,
        theirs=_sentence(context, draft),
        yours=_sentence(context, mine),
    )


def _sentence(context: Context, draft: RuleDraft) -> str:
    titles = space_titles(context.session, context.tenant_id)
    names = choice_names(context.session, context.tenant_id)
    try:
        return rule_sentence(draft, names, [titles.get(each, each) for each in draft.to])
    except InvalidFilter:
        return tr(UNREADABLE)


def _part_text(context: Context, part: str, draft: RuleDraft) -> str:
    titles = space_titles(context.session, context.tenant_id)
    places = listed([titles.get(each, each) for each in draft.to]) or tr("nowhere")
    texts = {
        "name": tr("Name “{name}”", name=draft.name),
        "on": tr("When “{events}”", events=event_types_text(draft.on)),
        "when": tr("Only if “{condition}”", condition=_when_text(context, draft)),
        "to": tr("Post to “{places}”", places=places),
        "template": tr("another look"),
        "urgent": tr("urgent") if draft.urgent else tr("not urgent"),
        "thread": tr("other threads"),
        "update": tr("another way for later events"),
        "mention": tr("mentions {who}", who=mention_text(draft.mention) or tr("nobody")),
    }
    return texts[part]


def _when_text(context: Context, draft: RuleDraft) -> str:
    names = choice_names(context.session, context.tenant_id)
    try:
        return condition_words(draft.when, draft.on, names) or tr("always")
    except InvalidFilter:
        return tr(UNREADABLE)


def deletion_of(context: Context, rule_id: str) -> Deletion | None:
    """Return how the rule of a button was deleted, None if this tenant deleted no such rule."""
    number = row_id(rule_id)
    return find_deletion(context.session, context.tenant_id, number) if number is not None else None


def draft_of_deleted(context: Context, rule_id: str) -> RuleDraft | None:
    """Return a deleted rule as it was, None if there is none that this person could have edited."""
    deletion = deletion_of(context, rule_id)
    if deletion is None:
        return None
    is_any = context.actor.scope(Action.RULE_CHANGE) is Scope.TENANT
    if not (is_any or permissions.is_own(context.actor, deletion.made_by)):
        return None
    return deleted_draft(context.session, context.tenant_id, deletion.entry)


def deletion_text(deletion: Deletion | None) -> str:
    """Return what happened to a deleted rule, in one sentence."""
    if deletion is None:
        return tr("This rule was deleted.")
    return tr(
        "“{name}” was deleted by {who}, {ago}.",
        name=deletion.name,
        who=deletion.who,
        ago=ago(deletion.at, now()),
    )
