"""The cards of a replay: how many deliveries would go again, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.cards.done import done_card
from bot.deliveries.cards import log_button
from bot.text.sent_again import can_go_text, left_out_text, sent_again_text
from bot.widgets import Button, Message, Press, press
from models.languages.translate import marked, tr, tr_in, tr_stored, whole
from models.tables.waits import WaitState
from models.waits.replay import PER_MINUTE, Replay, ReplayPreview

_ENDED: Final = {
    WaitState.DONE: marked("The replay is done"),
    WaitState.ENDED: marked("The replay is done"),
    WaitState.CANCELLED: marked("The replay was cancelled"),
}


def preview_card(preview: ReplayPreview, chosen: str, parameters: Mapping[str, str]) -> Message:
    """Return what a filter means; its button starts the replay with these parameters."""
    details = [left_out_text(why, count) for why, count in preview.left_out.items()]
    title = can_go_text(preview.count)
    if not preview.count:
        return done_card(title, " ".join(details), facts=[(tr("Looked for"), chosen)], buttons=[log_button()])
    pace = tr("At most {count} a minute, oldest first; you can cancel it at any time.", count=PER_MINUTE)
    button = Button(tr_in("button", "Send again"), Press("replay.start", dict(parameters)), primary=True)
    facts = [(tr("Looked for"), chosen)]
    return done_card(title, " ".join([pace, *details]), facts=facts, buttons=[button, log_button()])


def replay_card(replay: Replay, chosen: str) -> Message:
    """Return how far a replay is, with a button that cancels it while it runs."""
    facts = [(tr("Looked for"), chosen), (tr("Started by"), replay.by)]
    if replay.state is WaitState.WAITING:
        title = tr("{done} of {total} on the way again", done=whole(replay.done), total=whole(replay.total))
        refresh = Button(tr("Refresh"), press("replay.show", replay=replay.id), primary=True)
        cancel = Button(tr_in("button", "Cancel"), press("replay.cancel", replay=replay.id))
        detail = tr(
            "At most {count} a minute, oldest first; you can cancel it at any time.", count=PER_MINUTE
        )
        return done_card(title, detail, facts=facts, buttons=[refresh, cancel, log_button()])
    detail = " ".join(filter(None, (f"{sent_again_text(replay.done)}.", tr_stored(replay.reason))))
    return done_card(tr(_ENDED[replay.state]), detail, facts=facts, buttons=[log_button()])
