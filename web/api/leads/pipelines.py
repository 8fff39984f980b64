"""lead-pipelines: the pipelines whose deals are leads of the team."""

from __future__ import annotations

from typing import Final

from pydantic import ConfigDict, Field

from models.accounts.permissions import require
from models.accounts.rights import Action
from models.leads.pipelines import choose_pipelines, get_adopting, list_pipelines
from web.api.leads.scores import RecomputingOut, draw_progress
from web.api.routes import ApiCall, Routes
from web.api.schemas import Body, Moment, Out

LEAD_PIPELINES: Final = Routes("lead-pipelines", "read:leads", "write:leads")
PATH: Final = "/admin/lead-pipelines"


class LeadPipelinesBody(Body):
    """`chosen` are the ids of all pipelines whose deals are leads; none for the leads inbox alone.

    The other keys may be sent as they were answered; they change nothing.
    """

    model_config = ConfigDict(extra="ignore", strict=True, hide_input_in_errors=True)

    chosen: list[str] = Field(max_length=100)


class LeadPipelineOut(Out):
    """A pipeline of the team's Pipedrive. `name` is empty for a chosen one that is not there any more."""

    id: str
    name: str
    chosen: bool
    chosen_by: str
    chosen_at: Moment | None


class LeadPipelinesOut(Out):
    """All pipelines, the ids of the chosen ones, and how far the known deals were gone through after that."""

    chosen: list[str]
    pipelines: list[LeadPipelineOut]
    progress: RecomputingOut


@LEAD_PIPELINES.get(PATH, summary="List the pipelines whose deals are leads", data=LeadPipelinesOut)
def show(call: ApiCall) -> LeadPipelinesOut:
    require(call.session, call.actor, Action.DEAL_READ)
    return _draw(call)


@LEAD_PIPELINES.put(
    PATH,
    summary="Choose the pipelines whose deals are leads",
    data=LeadPipelinesOut,
    body=LeadPipelinesBody,
)
def choose(call: ApiCall) -> LeadPipelinesOut:
    choose_pipelines(call.session, call.actor, call.body.chosen)
    return _draw(call)


def _draw(call: ApiCall) -> LeadPipelinesOut:
    rows = [
        LeadPipelineOut(
            id=each.id,
            name=each.name,
            chosen=each.is_chosen,
            chosen_by=each.chosen_by,
            chosen_at=each.chosen_at,
        )
        for each in list_pipelines(call.session, call.tenant_id)
    ]
    return LeadPipelinesOut(
        chosen=[each.id for each in rows if each.chosen],
        pipelines=rows,
        progress=draw_progress(get_adopting(call.session, call.tenant_id)),
    )
