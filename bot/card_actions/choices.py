"""What people choose from in the dialogs of cards, as far as it is known: colleagues, stages, reasons."""

from __future__ import annotations

from typing import Final

from bot.context import Context
from models.connections.names import names_of_kinds
from models.connections.people import active_pipedrive_users
from models.errors import InvalidRequest
from models.languages.translate import marked, tr
from models.pipedrive.names import Name

MOST_CHOICES: Final = 100  # of one list of choices in Chat
NO_PEOPLE: Final = marked(
    "Pipenotify does not know the people of your Pipedrive yet. An admin connects it on the setup page."
)
NO_STAGES: Final = marked(
    "Pipenotify does not know the stages of this pipeline yet. It reads them with the next"
    " card of a deal; until then, open the deal in Pipedrive."
)


def people_of(context: Context) -> list[tuple[str, str]]:
    """Return (id, name) of the people a deal or a lead may be given to. Raises InvalidRequest for none."""
    users = active_pipedrive_users(context.session, context.tenant_id, MOST_CHOICES)
    people = [(each.pipedrive_id, each.name or each.email) for each in users if each.pipedrive_id.isdecimal()]
    if not people:
        known = names_of_kinds(context.session, context.tenant_id, ("user",))
        people = sorted(
            ((key, name.text) for (_, key), name in known.items() if key.isdecimal()),
            key=lambda each: each[1],
        )[:MOST_CHOICES]
    if not people:
        raise InvalidRequest(user_message=tr(NO_PEOPLE))
    return people


def stages_of(context: Context, stage_id: str, pipeline_id: str) -> list[tuple[str, str]]:
    """Return (id, name) of the stages of a deal's pipeline in order. Raises InvalidRequest if unknown."""
    stages = {
        key: name for (_, key), name in names_of_kinds(context.session, context.tenant_id, ("stage",)).items()
    }
    present = stages.get(stage_id)
    pipeline = _pipeline(present) if present is not None else pipeline_id
    found = [(key, name) for key, name in stages.items() if _pipeline(name) == pipeline and key.isdecimal()]
    if not found:
        raise InvalidRequest(user_message=tr(NO_STAGES))
    ordered = sorted(found, key=lambda each: (each[1].more.get("order") or 0, int(each[0])))
    return [(key, name.text) for key, name in ordered][:MOST_CHOICES]


def lost_reasons(context: Context) -> list[str]:
    """Return the reasons that the company offers for lost deals, as far as they are known."""
    known = names_of_kinds(context.session, context.tenant_id, ("lost_reason",))
    return sorted({name.text for name in known.values()})[: MOST_CHOICES - 1]


def _pipeline(stage: Name) -> str:
    return str(stage.more.get("pipeline_id") or "")
