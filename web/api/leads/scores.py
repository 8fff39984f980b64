"""scores: why a lead has its score, the weights of the team, and scoring all leads anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from pydantic import Field

from bot.text.scores import reason_text
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.clock import now
from models.errors import NotFound
from models.leads.queries import get_lead, view_of
from models.leads.scoring import last_score, reasons_for
from models.leads.settings import (
    Recomputing,
    get_progress,
    get_weights,
    recompute_scores,
    set_weights,
)
from models.leads.weights import Weights
from web.api.routes import ApiCall, Routes
from web.api.schemas import Body, Moment, Out

SCORES: Final = Routes("scores", "read:leads", "write:leads")
PATH: Final = "/admin/score-weights"
_Points = Field(None, ge=0, le=100)


class WeightsBody(Body):
    """Points of each part; what is not named stays."""

    email: int | None = _Points
    phone: int | None = _Points
    organization: int | None = _Points
    value: int | None = _Points
    value_from: int | None = Field(None, ge=1)
    sources: dict[str, int] | None = None
    contacted: int | None = _Points
    activity: int | None = _Points
    activity_days: int | None = Field(None, ge=1, le=366)
    age: int | None = _Points
    age_days: int | None = Field(None, ge=1, le=366)
    hot_from: int | None = _Points
    warm_from: int | None = _Points


class WeightsOut(Out):
    """How many points each part gives, and from when on a lead is hot and warm."""

    email: int
    phone: int
    organization: int
    value: int
    value_from: int
    sources: dict[str, int]
    contacted: int
    activity: int
    activity_days: int
    age: int
    age_days: int
    hot_from: int
    warm_from: int


class ReasonOut(Out):
    """Points of one part of a score; `text` says it in words."""

    part: str
    points: int
    about: str
    text: str


class ScoreOut(Out):
    """The score of a lead; the points of its reasons add up to it. Nothing before it was scored."""

    score: int | None
    band: str
    since: Moment | None
    reasons: list[ReasonOut]


class RecomputingOut(Out):
    """How far scoring all open leads anew has got."""

    done: int
    total: int
    over: bool


@SCORES.get("/leads/<id>/score", summary="Say why a lead has its score", data=ScoreOut)
def explain(call: ApiCall) -> ScoreOut:
    require(call.session, call.actor, Action.DEAL_READ)
    lead = get_lead(view_of(call.session, call.actor, now()), call.ids["id"])
    if lead is None:
        raise NotFound
    last = last_score(call.session, lead.ref)
    reasons = [
        ReasonOut(part=each.part, points=each.points, about=each.about, text=reason_text(each))
        for each in reasons_for(call.session, lead.ref)
    ]
    since = last.at if last is not None else None
    return ScoreOut(score=lead.row.score, band=lead.row.band, since=since, reasons=reasons)


@SCORES.get(PATH, summary="What gives a lead how many points", data=WeightsOut)
def show_weights(call: ApiCall) -> WeightsOut:
    require(call.session, call.actor, Action.DEAL_READ)
    return _draw(get_weights(call.session, call.tenant_id))


@SCORES.put(PATH, summary="Set what gives a lead how many points", data=WeightsOut, body=WeightsBody)
def change_weights(call: ApiCall) -> WeightsOut:
    given: dict[str, Any] = call.body.model_dump(exclude_none=True)
    wanted = replace(get_weights(call.session, call.tenant_id), **given)
    set_weights(call.session, call.actor, wanted)
    return _draw(wanted)


@SCORES.post("/admin/scores/recompute", summary="Score all open leads anew", data=RecomputingOut)
def recompute(call: ApiCall) -> RecomputingOut:
    return draw_progress(recompute_scores(call.session, call.actor))


@SCORES.get("/admin/scores/recompute", summary="Say how far that has got", data=RecomputingOut)
def show_progress(call: ApiCall) -> RecomputingOut:
    require(call.session, call.actor, Action.DEAL_READ)
    return draw_progress(get_progress(call.session, call.tenant_id))


def _draw(weights: Weights) -> WeightsOut:
    return WeightsOut.model_validate(weights.stored())


def draw_progress(found: Recomputing) -> RecomputingOut:
    """Answer how far something has got that is done in parts."""
    return RecomputingOut(done=found.done, total=found.total, over=found.is_over)
