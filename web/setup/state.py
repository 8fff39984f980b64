"""The progress of the setup, read from the database, for the page /setup and for /setup/state."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from bot.text.format import clean, plural
from models.accounts.actor import Actor
from models.accounts.queries import find_tenant
from models.accounts.rights import Action
from models.database.engine import Session
from models.rules.queries import count_rules
from models.tables.connections import ConnectionState
from web.setup.chat import ChatSeen, chat_seen
from web.setup.destinations import LinkedSpaces, read_linked_spaces
from web.setup.gaps import Gap, gaps_of
from web.setup.people import People, people_of
from web.setup.pipedrive import CONNECTED, ConnectionStatus, Hooks, hooks_of, link_of
from web.setup.presses import PressStatus, presses_of

DONE: Final = "done"
WAITING: Final = "waiting"  # nothing is wrong; it is in progress
TODO: Final = "todo"
PROBLEM: Final = "trouble"


@dataclass(frozen=True, slots=True)
class ChecklistStep:
    """One line of the checklist: its id in the page's URLs, its title, and its state in words.

    `state` is done, waiting (in progress by itself), todo (somebody has to act) or trouble.
    """

    id: str
    title: str
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class TenantView:
    """A tenant as seen by one of its people, with what they may do here (`models/accounts/rights.py`)."""

    id: int
    name: str
    is_admin: bool
    monthly_limit: int | None
    may_read_people: bool = True
    may_test: bool = True
    reader: str = ""

    @classmethod
    def of(cls, session: Session, tenant_id: int, reader: Actor) -> TenantView | None:
        """Return a tenant, None if it was erased just now."""
        tenant = find_tenant(session, tenant_id)
        if tenant is None:
            return None
        return cls(
            tenant.id,
            clean(tenant.name),
            reader.may(Action.CONNECTION_CHANGE),
            tenant.monthly_limit,
            may_read_people=reader.may(Action.PEOPLE_READ),
            may_test=reader.may(Action.SPACE_CHANGE),
            reader=reader.name,
        )


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything the page shows. `team` is None if nobody is signed in, or the person has no tenant yet."""

    chat: ChatSeen
    is_signed_in: bool = False
    team: TenantView | None = None
    link: ConnectionStatus = field(default_factory=ConnectionStatus)
    hooks: Hooks = field(default_factory=Hooks)
    places: LinkedSpaces = field(default_factory=LinkedSpaces)
    people: People = field(default_factory=People)
    gaps: tuple[Gap, ...] = ()
    rules: int = 0
    presses: tuple[PressStatus, ...] = ()

    @property
    def may_change(self) -> bool:
        return self.team is not None and self.team.is_admin

    @property
    def steps(self) -> tuple[ChecklistStep, ...]:
        """The checklist: only the Chat app for people who are not signed in, else all of it."""
        chat = _chat(self.chat)
        if not self.is_signed_in:
            return (chat,)
        return (chat, _pipedrive(self.link), _webhooks(self), _space(self.places), _card(self.places))

    @property
    def next_step(self) -> str:
        """The id of the first step that is not done, empty when all are."""
        return next((step.id for step in self.steps if step.state != DONE), "")

    def plain(self) -> dict[str, Any]:
        """Return all of it as JSON-ready values, with a `version` that changes when anything here does."""
        plain = asdict(self) | {"steps": [asdict(step) for step in self.steps]}
        return plain | {"version": hashlib.sha256(repr(plain).encode()).hexdigest()[:16]}


def read(session: Session, team: TenantView, most_tokens: int) -> Setup:
    """Read what the people of a tenant see. `most_tokens` of Pipedrive's API may be spent in a day."""
    return Setup(
        chat_seen(session, with_commands=True),
        True,
        team,
        link_of(session, team.id, most_tokens),
        hooks_of(session, team.id),
        read_linked_spaces(session, team.id),
        people_of(session, team.id) if team.may_read_people else People(),
        gaps_of(session, team.id),
        sum(count_rules(session, team.id)),
        presses_of(session, team.id, team.reader),
    )


def read_alone(session: Session, *, is_signed_in: bool) -> Setup:
    """Read what a person without a tenant sees: nothing of any tenant."""
    return Setup(chat_seen(session, with_commands=is_signed_in), is_signed_in)


def _chat(chat: ChatSeen) -> ChecklistStep:
    title = "Google Chat app"
    if chat.heard_at is None:
        return ChecklistStep("chat", title, TODO, "Google Chat was not heard yet")
    if chat.unknown_commands:
        return ChecklistStep("chat", title, PROBLEM, "Unknown commands arrive")
    return ChecklistStep("chat", title, DONE, "Google Chat was heard")


def _pipedrive(link: ConnectionStatus) -> ChecklistStep:
    title = "Pipedrive"
    if link.state == CONNECTED:
        return ChecklistStep("pipedrive", title, DONE, f"Connected with {link.company}")
    if link.state in (ConnectionState.NEEDS_REAUTH, ConnectionState.REVOKED):
        return ChecklistStep("pipedrive", title, PROBLEM, link.words)
    return ChecklistStep(
        "pipedrive", title, WAITING if link.state == ConnectionState.LEAVING else TODO, link.words
    )


def _webhooks(setup: Setup) -> ChecklistStep:
    title, hooks, link = "Webhooks", setup.hooks, setup.link
    if hooks.by_hand:
        words = "Made by hand, and heard" if hooks.is_live else "Made by hand, not heard yet"
        return ChecklistStep("webhooks", title, DONE if hooks.is_live else TODO, words)
    if not (link.is_connected and hooks.is_kept):
        return ChecklistStep("webhooks", title, TODO, "Registered once Pipedrive is connected here")
    words = f"{hooks.live} of {hooks.wanted} live"
    if hooks.is_live and not link.problem:
        return ChecklistStep("webhooks", title, DONE, words)
    if link.problem or any(not row.is_live for row in hooks.rows):
        return ChecklistStep("webhooks", title, PROBLEM, words)
    return ChecklistStep("webhooks", title, WAITING, f"{words}, being registered")


def _space(places: LinkedSpaces) -> ChecklistStep:
    title, spaces = "A Chat space", places.spaces
    active = [place for place in spaces if not place.paused]
    if active and all(place.failing for place in active):
        return ChecklistStep("space", title, PROBLEM, "No linked space takes cards now")
    if active:
        return ChecklistStep("space", title, DONE, f"{plural(len(spaces), 'space')} linked")
    if spaces:
        return ChecklistStep("space", title, PROBLEM, "Every linked space is paused")
    return ChecklistStep("space", title, TODO, "No space is linked yet")


def _card(places: LinkedSpaces) -> ChecklistStep:
    title, card = "A test card", places.card
    if card is not None and card.is_open:
        return ChecklistStep("card", title, WAITING, card.words)
    if places.is_proven:
        return ChecklistStep("card", title, DONE, "A card has arrived")
    if card is not None:
        return ChecklistStep("card", title, PROBLEM, card.words)
    return ChecklistStep("card", title, TODO, "No card was sent yet")
