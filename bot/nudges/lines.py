"""The line of a card that was pressed: its deal as the person may see it, and its delivery."""

from __future__ import annotations

from dataclasses import dataclass

from bot.context import Context
from models.clock import now
from models.database.row_ids import row_id
from models.deliveries.claimed import ClaimedDelivery, read_one
from models.errors import InvalidRequest, NotFound
from models.languages.translate import tr
from models.nudges.checks import CHECKS, Check
from models.nudges.snoozes import own_line
from models.pipedrive.change import Change
from models.stalled.queries import get_known, seen_by_person
from models.stalled.track import DEAL
from models.tables.nudges import NudgeCard, NudgeLine


@dataclass(frozen=True, slots=True)
class PressedLine:
    """A line that was pressed by the person whom it asks."""

    line: NudgeLine
    card: NudgeCard
    check: Check
    change: Change
    title: str

    @property
    def state(self) -> dict[str, object]:
        return dict(self.change.after)


def line_of(context: Context) -> PressedLine:
    """Return the line of a button. Raises NotAllowed, and NotFound for one that is not asked for any more."""
    number = row_id(context.interaction.parameters.get("line", ""))
    line, title = own_line(context.session, context.actor, number or 0)
    card = context.session.get(NudgeCard, (context.tenant_id, line.card_id))
    sees = seen_by_person(context.session, context.tenant_id, context.actor.user_id)
    known = get_known(context.session, context.tenant_id, DEAL, line.deal_id, sees, now())
    if card is None or known is None:
        raise NotFound(user_message=tr("This is not asked for any more."))
    return PressedLine(line, card, CHECKS[line.check_name], known.change, title)


def delivery_of(context: Context, card: NudgeCard) -> ClaimedDelivery:
    """Return the delivery of a card, by which a press on it is recorded. Raises InvalidRequest."""
    found = (
        read_one(context.session, context.tenant_id, card.delivery_id)
        if card.delivery_id is not None
        else None
    )
    if found is None:
        raise InvalidRequest(
            user_message=tr("Pipenotify no longer keeps this card. Open the deal in Pipedrive.")
        )
    return found
