"""What a template makes of the newest event that everybody may see, else of a made-up one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.cards.event import object_link
from bot.cards.template import template
from bot.rules.previews import find_open_examples, made_up
from bot.text.changes import title_of, what_happened
from models.accounts.queries import get_tenant
from models.connections.queries import link_base
from models.database.engine import Session
from models.languages.translate import tr
from models.pipedrive.entity import ENTITIES
from models.pipedrive.local_time import in_zone
from models.rules.drafts import RuleDraft
from models.rules.liquid.check import liquid_problems
from models.rules.liquid.environment import TemplateFailed


@dataclass(frozen=True, slots=True)
class TemplatePreview:
    """The text of the card as simple HTML, or why there is none; `at` is None for a made-up event."""

    html: str = ""
    about: str = ""
    at: datetime | None = None
    problems: Sequence[str] = ()


def preview_template(session: Session, tenant_id: int, source: str) -> TemplatePreview:
    """Render a source on an event of the kind that it names first."""
    if problems := liquid_problems(source):
        return TemplatePreview(problems=problems)
    entity = next((key for key in ENTITIES if f"{key}." in source), "deal")
    draft = RuleDraft("", [f"{entity}.*"], None, [], "compact")
    examples, names = find_open_examples(session, tenant_id, draft)
    change = examples[0].change if examples else made_up(f"{entity}.updated")
    zone = get_tenant(session, tenant_id).timezone
    try:
        link = object_link(change, link_base(session, tenant_id))
        text = template(source).render(in_zone(change, zone), names, link)
    except TemplateFailed as failed:
        return TemplatePreview(problems=[tr("It fails for this event: {failed}", failed=failed)])
    about = f"{title_of(change, names)}: {what_happened(change, names)}"
    return TemplatePreview(text, about, examples[0].at if examples else None)
