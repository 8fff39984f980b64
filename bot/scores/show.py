"""Draws why a score is what it is, and how far scoring all leads anew has got."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.done import done_card
from bot.context import Context
from bot.leads.find import one_lead
from bot.text.scores import reason_texts, score_text
from bot.widgets import Button, Card, Message, Section, Text, press
from models.accounts.rights import Action
from models.languages.translate import tr
from models.leads.scoring import reasons_for
from models.leads.settings import Recomputing, get_progress, recompute_scores


def explain_by_words(context: Context, words: Sequence[str]) -> Message:
    """Return why the score of the lead that is meant is what it is. Raises InvalidRequest, NotFound."""
    lead = one_lead(context, words)
    title = str(lead.state.get("title") or "")
    if lead.row.score is None:
        detail = tr("This lead has no score yet. It gets one within seconds, while it is open.")
        return done_card(title, detail)
    subtitle = score_text(lead.row.score, lead.row.band)
    lines = reason_texts(reasons_for(context.session, lead.ref)) or [tr("Nothing gives it a point.")]
    buttons = [Button(tr("Show the lead"), press("lead.show", lead=lead.id))]
    if context.actor.may(Action.SPACE_CHANGE):
        buttons.append(Button(tr("Weights"), press("score.weights", dialog=True)))
    card = Card(title, subtitle, [Section([Text("\n".join(lines))])], buttons, card_id="score")
    return Message(card, fallback_text=f"{title}: {subtitle}")


def recompute(context: Context) -> Message:
    """Score all leads anew, and say how far that is. Raises NotAllowed."""
    return draw_progress(recompute_scores(context.session, context.actor))


def progress_now(context: Context) -> Message:
    return draw_progress(get_progress(context.session, context.tenant_id))


def draw_progress(found: Recomputing) -> Message:
    """Return how far scoring all leads anew has got."""
    if found.is_over:
        detail = tr("All open leads have a score by the present weights: {total}.", total=found.total)
        return done_card(tr("Scores are up to date"), detail)
    detail = tr("{done} of {total} leads so far.", done=found.done, total=found.total)
    look = Button(tr("How far is it?"), press("score.progress"))
    return done_card(tr("Leads are being scored anew"), detail, buttons=[look])
