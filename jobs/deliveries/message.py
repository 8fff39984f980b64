"""The one type for a message on its way: it is claimed, rendered, sent and finished."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jobs.deliveries.retry import DELIVERY_LOSSES_IN_COMPANY
from models.card_actions.queries import ShownAction
from models.deliveries.burst import FoldedEvent
from models.deliveries.claimed import ClaimedDelivery
from models.deliveries.lanes import ClaimedLane
from models.languages.catalog import ENGLISH
from models.leads.score import Scored
from models.nudges.cards import NudgeView
from models.pipedrive.change import Change
from models.pipedrive.local_time import NO_ZONE
from models.pipedrive.names import Names
from models.recipients.mentioned import NOBODY_MENTIONED, MentionedPeople


@dataclass(slots=True, eq=False)
class OutgoingMessage:
    """A message claimed under `lease_token`: one delivery, or `count` that are coalesced into one summary.

    `head` is the oldest delivery and gives the message its ids. `coalesced` holds the deliveries that a
    summary shows, in the order of their lines. `changes` are their events, None where there is none or it
    cannot be parsed. `folded` are all events of a summary, and `by_rule` how many each rule wanted. These,
    names, `link_base`, `timezone` and `language` are filled in after the claim, outside its transaction.
    `is_outdated`: the card that it was to change shows a newer change already, so it is not sent.
    `actions` are what was done on the object since, for a card that is drawn again. `joins_thread`: its
    thread has a message already. `mentions` are the Chat names of the owners it mentions, by their ids in
    Pipedrive; `others` are those it mentions besides. `nudges` is what a card with nudges shows now, `score`
    that of the lead that a card shows.
    """

    lane: ClaimedLane
    head: ClaimedDelivery
    coalesced: Sequence[ClaimedDelivery]
    count: int
    lease_token: str
    changes: Sequence[Change | None] = ()
    names: Names = field(default_factory=Names)
    is_outdated: bool = False
    replaces: str = ""  # the name of the message that it changes, empty for a new one
    link_base: str = ""
    timezone: str = NO_ZONE
    language: str = ENGLISH  # of whoever reads it: a locale
    lead_pipelines: frozenset[str] = frozenset()  # those whose deals are leads
    actions: Sequence[ShownAction] = ()
    folded: Sequence[FoldedEvent] = ()
    by_rule: Counter[str] = field(default_factory=Counter)
    joins_thread: bool = False
    mentions: Mapping[str, str] = field(default_factory=dict)
    others: MentionedPeople = NOBODY_MENTIONED
    nudges: NudgeView | None = None
    score: Scored | None = None

    @property
    def is_silent(self) -> bool:
        """Whether Chat notifies nobody: a reply in a thread, or held; but what is urgent or mentions does."""
        if self.mentions or self.others.chat_names or any(delivery.is_urgent for delivery in self.coalesced):
            return False
        return self.joins_thread or all(delivery.is_silent for delivery in self.coalesced)

    @property
    def is_alone(self) -> bool:
        """Whether nothing else may be under way beside it: workers died that had it."""
        return self.head.losses >= DELIVERY_LOSSES_IN_COMPANY

    @property
    def message_key(self) -> str:
        """The id Chat knows the message by, the same at every attempt."""
        return self.head.message_key or f"client-{self.head.request_id}"
