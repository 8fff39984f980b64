"""The pipelines whose deals are leads: the card that shows them, the dialog that chooses, and moving on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.attention.places import person_zone
from bot.card_actions.choices import MOST_CHOICES
from bot.context import Context
from bot.text.format import moment
from bot.widgets import Button, Card, Choice, Fact, Message, Option, Section, Text, Widget, notice_rows, press
from models.accounts.rights import Action
from models.connections.names import names_of_kinds
from models.errors import InvalidRequest
from models.languages.translate import marked, tr
from models.leads.actions import IS_DEAL
from models.leads.pipelines import LeadPipelineChoice, get_adopting, list_pipelines

NONE_CHOSEN: Final = marked("No pipeline is chosen: what is in the leads inbox is a lead, and nothing else.")
NONE_KNOWN: Final = marked(
    "Pipenotify does not know the pipelines of your Pipedrive yet."
    " It reads them with the next card of a deal."
)
WHAT_FOLLOWS: Final = marked(
    "Open deals of the chosen pipelines are leads: they are scored, listed, routed when they are new, and can"
    " be claimed and put off. One that is won or moves to another pipeline is converted."
)


def draw_pipelines(context: Context, notice: str = "") -> Message:
    """Return which pipelines are chosen, by whom, and how far the known deals have been gone through."""
    chosen = [each for each in list_pipelines(context.session, context.tenant_id) if each.is_chosen]
    zone = person_zone(context)
    rows: list[Widget] = [*notice_rows(notice), Text(tr(WHAT_FOLLOWS))]
    rows += [_fact(each, zone) for each in chosen] or [Text(tr(NONE_CHOSEN))]
    found = get_adopting(context.session, context.tenant_id)
    footer: list[Button] = []
    if context.actor.may(Action.SPACE_CHANGE):
        footer.append(Button(tr("Choose"), press("lead.pipelines", dialog=True), primary=True))
    if not found.is_over:
        rows.append(Text(tr("{done} of {total} known deals so far.", done=found.done, total=found.total)))
        footer.append(Button(tr("How far is it?"), press("lead.adopting")))
    title = tr("Pipelines of leads")
    return Message(Card(title, "", [Section(rows)], footer, card_id="lead-pipelines"), fallback_text=title)


def _fact(each: LeadPipelineChoice, zone: str) -> Fact:
    name = each.name or tr("Pipeline {id}, which is not in Pipedrive any more", id=each.id)
    when = moment(each.chosen_at, zone) if each.chosen_at is not None else ""
    by = tr("chosen by {who}", who=each.chosen_by) if each.chosen_by else ""
    return Fact(name, below=" · ".join(filter(None, (by, when))))


def draw_choice(context: Context, problem: str = "") -> Card:
    """Return the dialog with all pipelines of the team. Raises InvalidRequest where none is known."""
    every = list_pipelines(context.session, context.tenant_id)
    if not every:
        raise InvalidRequest(user_message=tr(NONE_KNOWN))
    # The chosen ones first: only so many can be shown.
    ordered = sorted(every, key=lambda each: not each.is_chosen)[:MOST_CHOICES]
    options = [
        Option(each.id, each.name or tr("Pipeline {id}", id=each.id), each.is_chosen) for each in ordered
    ]
    sections = [Section([Text(problem)], tr("Please look at this again"))] if problem else []
    widgets: list[Widget] = [
        Choice("pipelines", tr("Their deals are leads"), options, "multi"),
        Text(tr(WHAT_FOLLOWS)),
    ]
    save = Button(tr("Save"), press("lead.choose"), primary=True)
    return Card(tr("Pipelines of leads"), "", [*sections, Section(widgets)], [save], card_id="lead-pipelines")


def first_stages(context: Context) -> Sequence[tuple[str, str]]:
    """Return the first stage of each pipeline whose deals are no leads, with the pipeline's name.

    Raises InvalidRequest where none is known.
    """
    free = {
        each.id: each.name
        for each in list_pipelines(context.session, context.tenant_id)
        if not each.is_chosen
    }
    stages: dict[str, tuple[float, int]] = {}
    for (_, key), name in names_of_kinds(context.session, context.tenant_id, ("stage",)).items():
        pipeline = str(name.more.get("pipeline_id") or "")
        if pipeline in free and key.isdecimal():
            rank = (float(name.more.get("order") or 0), int(key))
            stages[pipeline] = min(stages.get(pipeline, rank), rank)
    found = [(str(stages[key][1]), name) for key, name in free.items() if key in stages]
    if not found:
        raise InvalidRequest(user_message=tr(IS_DEAL))
    return found[:MOST_CHOICES]


def move_widgets(stages: Sequence[tuple[str, str]]) -> list[Widget]:
    """Return the choice of a pipeline by the id of its first stage."""
    words = tr("The deal goes to the first stage of that pipeline. As a lead it counts as converted.")
    options = [Option(key, name, not number) for number, (key, name) in enumerate(stages)]
    return [Choice("stage", tr("To which pipeline?"), options, "radio"), Text(words)]
