"""score: explain, weights and recompute."""

from __future__ import annotations

from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Say
from bot.context import Context, command
from bot.scores.form import draw_weights
from bot.scores.show import explain_by_words, recompute
from bot.widgets import Button, press
from models.accounts.rights import Action
from models.languages.translate import tr


@command(
    "score explain",
    right=Action.DEAL_READ,
    usage="<lead>",
    summary="Why the score of a lead is what it is, point by point",
)
def score_explain(context: Context) -> Reply:
    return Say(explain_by_words(context, context.args))


@command(
    "score weights",
    right=Action.SPACE_CHANGE,
    summary="How many points each part of a score gives, tried on the leads of last month",
)
def score_weights(context: Context) -> Reply:
    if context.interaction.opens_dialog:
        return Open(draw_weights(context))
    button = Button(tr("Weights"), press("score.weights", dialog=True), primary=True)
    detail = tr("How many points each part of a score gives, and from when on it is hot.")
    return Say(done_card(tr("Scores of leads"), detail, buttons=[button]))


@command(
    "score recompute",
    right=Action.SPACE_CHANGE,
    summary="Score all open leads anew, a part at a time",
    writes=True,
)
def score_recompute(context: Context) -> Reply:
    return Say(recompute(context))
