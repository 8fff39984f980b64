"""The people who press buttons: their accounts, and what Chat sends when they press."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.chat.interaction import ChatSpace, ChatUser, Dialect, Interaction, InteractionKind
from bot.context import BotDeps
from bot.dispatch import dispatch
from models.card_actions.actions import begin_waiting
from models.clock import now
from models.connections.tokens import TokenOwner
from models.security.vault import Vault
from models.tables import PersonalConnection, User
from models.tables.accounts import Role
from tests.simulation.chat import Chat, Shown
from tests.simulation.ports import SimulatedDatabase, VirtualClock
from tests.simulation.pressing.press import CONNECTS_LATE, NUMBERS, PERSONS, ButtonPress
from tests.simulation.scheduler import Scheduler
from tests.simulation.story import Story

DIALOGS: Final = {"deal.note": ("card.note", "note"), "deal.lost": ("card.lose", "reason")}
CHAT_URL: Final = "https://pipenotify.test"


@dataclass(frozen=True)
class Pressed:
    """A press that was answered."""

    press: ButtonPress
    message: Shown
    delivery_id: int


def email_of(person: str, tenant: str) -> str:
    return f"{person}@{tenant.lower()}.test"


def add_colleagues(session: Session, vault: Vault, tenant: str, tenant_id: int) -> None:
    """Create the people of a company; all but the late ones have connected themselves."""
    for person in PERSONS:
        user = User(
            tenant_id=tenant_id,
            email=email_of(person, tenant),
            role=Role.SALES_REP,
            chat_name=f"users/{tenant}-{person}",
            chat_locale="en",
        )
        session.add(user)
        session.flush()
        if person != CONNECTS_LATE:
            session.add(_grant(vault, tenant, tenant_id, user.id, person))


def _grant(vault: Vault, tenant: str, tenant_id: int, user_id: int, person: str) -> PersonalConnection:
    owner, token = TokenOwner(tenant_id, user_id), f"{tenant}/{NUMBERS[person]}"
    closed = {
        name: vault.close(token, owner.associated_data(name)) for name in ("access_token", "refresh_token")
    }
    return PersonalConnection(
        tenant_id=tenant_id,
        user_id=user_id,
        pipedrive_user_id=str(NUMBERS[person]),
        expires_at=now() + timedelta(days=1),
        **closed,
    )


class Colleagues:
    """All people of all companies, and the web process that answers them."""

    def __init__(
        self,
        database: SimulatedDatabase,
        vault: Vault,
        chat: Chat,
        clock: VirtualClock,
        scheduler: Scheduler,
        story: Story,
    ) -> None:
        self.pressed: list[Pressed] = []
        self._database = database
        self._vault = vault
        self._chat = chat
        self._clock = clock
        self._scheduler = scheduler
        self._story = story
        self._deps = BotDeps(database, vault, CHAT_URL)

    def press(self, press: ButtonPress) -> None:
        """Press a button of a card that is there, if any card has it."""
        cards = [
            (message, params)
            for message in self._chat.shown
            if message.space.startswith(f"spaces/{press.tenant}")
            for params in _buttons(message.body, press.button)
        ]
        if not cards:
            return
        message, params = cards[round(press.which * (len(cards) - 1))]
        interaction = self._interaction(press, message, params)
        self._story.tell("%s presses %s on “%s”", press.person, press.button, message.title)
        self.pressed.append(Pressed(press, message, int(params["delivery"])))
        body = dispatch(interaction, self._deps).body
        if body.get("actionResponse", {}).get("type") == "UPDATE_MESSAGE":
            message.body = orjson.dumps({"cardsV2": body["cardsV2"]}).decode()
        if press.again_s is not None:
            again = partial(dispatch, interaction, self._deps)  # Chat has shown the first answer
            self._scheduler.start(self._scheduler.process, again, press.again_s)

    def connect(self, tenant: str, tenant_id: int) -> None:
        """Let the late one connect, as the callback of the sign-in at Pipedrive does."""
        email = email_of(CONNECTS_LATE, tenant)
        with self._database.writing(tenant_id) as session:
            mine = (User.tenant_id == tenant_id, User.email == email)
            user = session.scalars(select(User).where(*mine)).one()
            session.add(_grant(self._vault, tenant, tenant_id, user.id, CONNECTS_LATE))
            session.flush()
            count = begin_waiting(session, tenant_id, email)
        self._story.tell("%s connects, %s presses begin", email, count)

    def _interaction(self, press: ButtonPress, message: Shown, params: dict[str, str]) -> Interaction:
        asked = Interaction(
            InteractionKind.CLICK,
            Dialect.CLASSIC,
            user=ChatUser(f"users/{press.tenant}-{press.person}", email_of(press.person, press.tenant)),
            space=ChatSpace(message.space, message.space),
            message_name=message.name,
            do=press.button,
            parameters=params,
            event_time=self._clock.true_now().isoformat(),
            locale="en",
        )
        if press.button not in DIALOGS:
            return asked
        save, box = DIALOGS[press.button]
        return replace(asked, kind=InteractionKind.DIALOG_SUBMIT, do=save, inputs={box: [press.words]})


def _buttons(body: str, do: str) -> Iterator[dict[str, str]]:
    """Yield the parameters of the buttons of a message that do this."""
    for action in _actions(orjson.loads(body)):
        params = {each["key"]: each["value"] for each in action.get("parameters", ())}
        if params.pop("do", "") == do and "delivery" in params:
            yield params


def _actions(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if isinstance(part.get("action"), dict):
            yield part["action"]
        for value in part.values():
            yield from _actions(value)
    elif isinstance(part, list):
        for value in part:
            yield from _actions(value)
