"""No answer in Chat shows what only machines read: ids of Chat, status codes, names of exceptions."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.context import COMMANDS, DIALOGS, PRESSES, BotDeps
from models.database.engine import Database
from models.tables import Destination
from tests.bot.logged import create_deliveries, event_of
from tests.chat import Chat, ParsedReply, rule_of

MACHINE = re.compile(
    r"spaces/|users/\d|[A-Za-z]Error\b|Exception|Errno|[A-Z]{4,}_[A-Z]+|UNAUTHENTICATED"
    r"|\b[45]\d\d [A-Z]|\b[a-f0-9]{32,}\b"
)
SHOWN = ("title", "subtitle", "header", "topLabel", "text", "bottomLabel", "label", "hintText")
# How the address of a webhook begins, and a token, which is random and copied by machines.
SECRETS = re.compile(r"https://chat\.googleapis\.com/v1/spaces/|\bpn_[\w-]+")
REASONS = [
    "ConnectionRefusedError: [Errno 111]",
    "401 UNAUTHENTICATED: Request had invalid authentication credentials.",
    "503 UNAVAILABLE: spaces/ACME",
    "the destination is paused: 404 NOT_FOUND: spaces/ACME",
]


def fill(database: Database, tenant_id: int) -> None:
    """Make failures of every kind, and a space and a webhook that refuse us."""
    for reason in REASONS:
        create_deliveries(
            database, tenant_id, reason=reason, event_id=event_of(database, tenant_id, id=reason)
        )
    with database.writing_all() as session:
        wall = Destination(tenant_id=tenant_id, kind="chat_webhook", name="Wall", address="", lane="w")
        wall.is_active, wall.paused_because = False, "401 the webhook was removed in the space"
        session.add(wall)
        mine = update(Destination).where(Destination.tenant_id == tenant_id, Destination.kind == "chat_space")
        session.execute(mine.values(is_active=False, paused_because="403 PERMISSION_DENIED: spaces/ACME"))


def shown_texts(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for inner in node:
            yield from shown_texts(inner)
    elif isinstance(node, dict):
        for key, inner in node.items():
            if key in SHOWN and isinstance(inner, str):
                yield SECRETS.sub("", inner)
            yield from shown_texts(inner)


def check(reply: ParsedReply) -> None:
    assert [text for text in shown_texts(reply.card) if MACHINE.search(text)] == []
    assert not MACHINE.search(str(reply.body.get("fallbackText", "")))


@pytest.mark.parametrize("name", sorted(entry.name for entry in COMMANDS))
def test_no_command_answers_in_machine_words(
    deps: BotDeps, database: Database, tenants: tuple[int, int], name: str
) -> None:
    fill(database, tenants[0])
    for rest in ("", "wins", "here", "failed", "nothing like it"):
        check(Chat(deps).say(f"{name} {rest}"))


@pytest.mark.parametrize("do", sorted(entry.name for entry in (*PRESSES, *DIALOGS)))
def test_no_button_answers_in_machine_words(
    deps: BotDeps, database: Database, tenants: tuple[int, int], do: str
) -> None:
    fill(database, tenants[0])
    chat = Chat(deps)
    with database.reading(tenants[0]) as session:
        places = session.scalars(select(Destination.id).where(Destination.tenant_id == tenants[0])).all()
    rule = str(rule_of(database, tenants[0]).id)
    form = {"on": ["deal.won"], "to": ["spaces/ACME"], "name": ["x"]}
    wrong = {**form, "field1": ["value"], "op1": ["contains"], "kind": ["webhook"], "url": ["x"]}
    for place in places:
        parameters: dict[str, Any] = {
            "rule": rule,
            "place": str(place),
            "delivery": "1",
            "entry": "1",
            "only": "failed",
        }
        check(chat.click(do, **parameters))
        check(chat.submit(do, wrong, **parameters))
        check(chat.submit(do, form, rule=rule))
