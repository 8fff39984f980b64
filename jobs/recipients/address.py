"""Makes the deliveries of each person whom a record names, out of the one that names them all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.cards.event import object_link
from bot.text.headline import notification
from jobs.events.new_delivery import NOT_SHOWN, delivery_row
from jobs.queue import INTERRUPTIONS
from jobs.recipients.followers import Followers
from jobs.scheduled.leased_turns import LeasedTurns
from models.clock import now
from models.connections.names import names_of_pairs
from models.database.engine import Database, Session
from models.destinations.recipients import FOLLOWERS
from models.errors import DatabaseUnavailable, TemporaryFailure
from models.events.claims import ClaimedEvent
from models.languages.translate import for_later, marked, speaking
from models.pipedrive.change import Change, Unreadable, decided, read
from models.pipedrive.filters.compiled import compiled
from models.pipedrive.name_refs import refs_in
from models.pipedrive.names import NO_NAMES
from models.pipedrive.webhook.json import parse_json
from models.recipients.find import FoundPeople, followed_by, people_of
from models.recipients.inbox import InboxLine, keep_in_inbox, refuses_card
from models.recipients.store import (
    NOT_IN_CHAT,
    address_later,
    addressed,
    author_of,
    create_cards,
    direct_message,
    end_addressed,
    event_of,
    lock_addressed,
    tell_unreached,
    tenants_with_addressed,
)
from models.rules.ruleset import ReadyRule, Ruleset, RulesetDestination
from models.rules.rulesets import Rulesets
from models.tables import Delivery, DeliveryState, Destination, User

NOBODY: Final = marked("the record names nobody there")
FAILED: Final = marked("the cards of its people could not be made; the log of the service says why")
UNKNOWN_FOLLOWERS: Final = marked("Pipedrive did not say who follows it.")
ASKS_AGAIN_AFTER: Final = timedelta(seconds=30)
GIVES_UP_AFTER: Final = timedelta(hours=1)
UNREADABLE: Final = marked("what Pipedrive told is not kept any more")


class RecordRecipients:
    """Addresses the deliveries of all tenants, each in one transaction: nobody is written to twice."""

    def __init__(self, database: Database, rulesets: Rulesets, followers: Followers) -> None:
        self._database = database
        self._followers = followers
        self._rulesets = rulesets
        turns = LeasedTurns(
            database,
            "people of records",
            lambda session: tenants_with_addressed(session, now()),
            lambda session, tenant_id: addressed(session, tenant_id, now()),
            self._address,
        )
        self.run = turns.run

    def _address(self, delivery: Delivery) -> None:
        ruleset = self._rulesets.read(self._database, [delivery.tenant_id]).get(delivery.tenant_id)
        if ruleset is None:
            return  # the tenant was erased
        try:
            followers = self._followers_of(delivery)
            with self._database.writing_all() as session:
                locked = lock_addressed(session, delivery)
                if locked is not None:
                    Addressing(session, ruleset, locked, now(), followers).run()
        except TemporaryFailure:
            self._address_later(delivery)
        except (*INTERRUPTIONS, DatabaseUnavailable):
            raise
        except Exception:
            if _fails_for_long(delivery):
                self._give_up(delivery)
            else:
                self._address_later(delivery)
            raise

    def _followers_of(self, delivery: Delivery) -> list[str] | None:
        """Return who follows the object of a delivery that is for them, None if that cannot be known.

        What was not answered for long counts as that. Raises TemporaryFailure to ask later.
        """
        if delivery.destination_name != FOLLOWERS:
            return []
        with self._database.reading(delivery.tenant_id) as session:
            found = read_event(session, delivery)
        followed = followed_by(found[1]) if found is not None else None
        if followed is None:
            return []
        try:
            return self._followers.of(delivery.tenant_id, *followed)
        except TemporaryFailure:
            if _fails_for_long(delivery):
                return None
            raise

    def _address_later(self, delivery: Delivery) -> None:
        with self._database.writing_all() as session:
            locked = lock_addressed(session, delivery)
            if locked is not None:
                address_later(session, locked, now() + ASKS_AGAIN_AFTER)

    def _give_up(self, delivery: Delivery) -> None:
        """End what has failed for long: many such would keep the later ones from their turn."""
        with self._database.writing_all() as session:
            locked = lock_addressed(session, delivery)
            if locked is not None:
                end_addressed(session, locked, FAILED, now(), DeliveryState.DEAD)


def _fails_for_long(delivery: Delivery) -> bool:
    """Return whether it was made, or sent again by somebody, so long ago that it is not tried any more."""
    return now() - (delivery.waiting_since or delivery.created_at) > GIVES_UP_AFTER


@dataclass(frozen=True, slots=True)
class Addressing:
    """One delivery that is being addressed, in a session of all tenants. `followers`: None if unknown."""

    session: Session
    ruleset: Ruleset
    delivery: Delivery
    at: datetime
    followers: list[str] | None

    def run(self) -> None:
        """Create the cards. The author of the rule gets that of whom the app cannot write to, and is told."""
        found = read_event(self.session, self.delivery)
        if found is None:
            end_addressed(self.session, self.delivery, UNREADABLE, self.at)
            return
        event, change = found
        people = self._people(change)
        rows, unreached = [], list(people.unmatched)
        for user in people.users:
            row = self._row(event, change, user)
            if row is not None:
                rows.append(row)
            else:
                unreached.append(user.display_name or user.email)
        if unreached:
            theirs = {row["destination_id"] for row in rows}
            instead = self._instead(event, change, unreached)
            rows += [row for row in instead if row["destination_id"] not in theirs]
        if rows:
            create_cards(self.session, self.delivery, rows, self.at)
        else:
            end_addressed(self.session, self.delivery, NOBODY, self.at)

    def _people(self, change: Change) -> FoundPeople:
        if self.followers is None:
            return FoundPeople([], [for_later("its followers")])
        name = self.delivery.destination_name
        return people_of(self.session, self.delivery.tenant_id, name, change, self.followers)

    def _instead(self, event: ClaimedEvent, change: Change, unreached: list[str]) -> list[dict[str, Any]]:
        """Return the card of the rule's author, who gets it instead of others, and tell of that."""
        author = author_of(self.session, self.delivery)
        row = self._row(event, change, author) if author is not None else None
        informed = author if row is not None else None
        why = UNKNOWN_FOLLOWERS if self.followers is None else NOT_IN_CHAT
        tell_unreached(self.session, self.delivery, unreached, informed, self.at, why)
        return [row | {"instead_of": ", ".join(unreached)[:255]}] if row is not None else []

    def _row(self, event: ClaimedEvent, change: Change, user: User) -> dict[str, Any] | None:
        """Return the delivery to one person, None if the app cannot write to them."""
        to = direct_message(self.session, user)
        if to is None:
            return None
        row = delivery_row(event, change, self._rule(), _target(to, user), self.ruleset, self.at)
        row |= {"event_type": self.delivery.event_type}
        if row["withheld"] or row["reason"] == NOT_SHOWN.reason:
            return row  # it is not for this person to see, so their inbox says nothing of it
        if why := refuses_card(self.session, user, self.delivery.event_type):
            row |= {
                "state": DeliveryState.SKIPPED,
                "reason": why,
                "gathered_for": None,
                "finished_at": self.at,
            }
        line = self._line(change, user)
        keep_in_inbox(self.session, user, self.delivery, line, self.at, has_card=not why)
        return row

    def _line(self, change: Change, user: User) -> InboxLine:
        """Return what happened in one line, in the person's language, and the link to the object."""
        names = names_of_pairs(self.session, self.delivery.tenant_id, refs_in(change)).for_everybody()
        with speaking(self.ruleset.language_of(user.email)):
            text = notification(decided(change, names), names)
        for_all = not self.ruleset.is_restricted(change)
        return InboxLine(text, object_link(change, self.ruleset.link_base), for_all)

    def _rule(self) -> ReadyRule:
        """Return the rule as far as a delivery to a person depends on it."""
        return ReadyRule(
            self.delivery.rule_id or 0,
            self.delivery.rule_name,
            0,
            frozenset({self.delivery.event_type}),
            compiled(None, ("deal",), NO_NAMES),
            self.delivery.is_urgent,
            (),
        )


def read_event(session: Session, delivery: Delivery) -> tuple[ClaimedEvent, Change] | None:
    """Return the event of a delivery and what it means, None if it is not kept any more."""
    row = event_of(session, delivery)
    if row is None:
        return None
    try:
        change = read(parse_json(row.raw))
    except Unreadable:
        return None
    event = ClaimedEvent(row.id, row.tenant_id, row.raw, row.received_at, 0)
    return (event, change) if change is not None else None


def _target(to: Destination, user: User) -> RulesetDestination:
    paused = None if to.is_active else to.paused_because
    return RulesetDestination(to.id, to.name, to.kind, to.lane, None, user.id, user.pipedrive_user_id, paused)
