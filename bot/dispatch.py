"""Finds the handler of an interaction, runs it for the right tenant, and answers whatever happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.exc import IntegrityError

import bot
from bot import errors
from bot.callers import Caller, remember_chat_name, who
from bot.chat.interaction import Interaction, Kind
from bot.chat.reply import Json, Nothing, Reply, encode
from bot.command_line import find_command, words_of
from bot.connections import connect_link
from bot.context import COMMANDS, DIALOGS, PRESSES, Backing, Context, Handler
from bot.home import membership
from bot.home.help import unknown_words
from bot.registry import Entry, discover
from models.errors import NotAllowed
from models.events import unknown_commands
from models.tables.events import SeenInteraction

discover(bot)

log = structlog.get_logger()

TEXT_COMMANDS: Final = (1, 2)
QUICK_COMMANDS: Final = {3: "rule new"}
TO_COME: Final = (4, 5, 6, 7)  # quick commands of later releases; until then help answers them
SPOKEN: Final = (Kind.MESSAGE, Kind.COMMAND, Kind.HOME)
PRESSED: Final = (Kind.CLICK, Kind.DIALOG_SUBMIT)


@dataclass(frozen=True, slots=True)
class Answered:
    """The body of the answer; `wakes`: a delivery is due now, so the engine should look."""

    body: Json
    wakes: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """What an interaction asks for: who handles it, with which words, and what its entry says of it."""

    handle: Handler
    said: tuple[str, ...] = ()
    entry: Entry[Handler] | None = None

    @property
    def writes(self) -> bool:
        return self.entry is not None and self.entry.writes

    @property
    def open_to_strangers(self) -> bool:
        return self.entry is not None and self.entry.open_to_strangers


def dispatch(interaction: Interaction, backing: Backing) -> Answered:
    """Return the answer in the asking dialect; never raises: troubles are told on a card."""
    try:
        return _answer(interaction, backing)
    except Exception as wrong:  # noqa: BLE001 - whoever asks gets an answer, whatever is the matter
        errors.note(wrong, interaction)
        return Answered(encode(errors.told(wrong, interaction), interaction, backing.endpoint))


def _answer(interaction: Interaction, backing: Backing) -> Answered:
    if interaction.user.is_bot:
        return Answered({})  # another app, or ourselves: answering would never end
    if interaction.kind in (Kind.ADDED, Kind.REMOVED):
        reply = membership.changed(interaction, backing)
        return Answered(encode(reply, interaction, backing.endpoint))
    if interaction.kind not in (*SPOKEN, *PRESSED):
        return Answered(encode(Nothing(), interaction, backing.endpoint))
    with backing.database.reading_all() as session:
        caller = who(session, interaction)
    task = find(interaction)
    if is_unknown(interaction):
        with backing.database.writing_all() as session:
            unknown_commands.note(session, interaction.command_id or 0)
    if caller.tenant_id is None or not (caller.is_linked or task.open_to_strangers):
        reply = _to_stranger(task, interaction, caller, backing)
        return Answered(encode(reply, interaction, backing.endpoint))
    if caller.is_new_in_chat:
        with backing.database.writing(caller.tenant_id) as session:
            remember_chat_name(session, caller, interaction.user)
    return _run(task, interaction, caller, caller.tenant_id, backing)


def _to_stranger(task: Task, interaction: Interaction, caller: Caller, backing: Backing) -> Reply:
    """Answer where no tenant is certain: the way to connect where that was asked for, else the welcome."""
    if task.entry is not None and task.entry.name in connect_link.WAYS:
        return connect_link.offer_stranger(interaction, caller, backing)
    return membership.welcome(caller, backing)


def is_unknown(interaction: Interaction) -> bool:
    """Tell whether a command's id is none that the setup page says to register."""
    known = (*TEXT_COMMANDS, *QUICK_COMMANDS, *TO_COME)
    named = interaction.kind is Kind.COMMAND and interaction.command_id is not None
    return named and interaction.command_id not in known


def find(interaction: Interaction) -> Task:
    """Return what an interaction asks for; what nobody knows is answered by help."""
    if interaction.kind in PRESSED:
        entry = DIALOGS.get(interaction.do) or PRESSES.get(interaction.do)
        return Task(entry.handle, (), entry) if entry else Task(errors.outdated)
    said = _said(interaction)
    if said is None:
        return Task(unknown_words, ("command", str(interaction.command_id)))
    found = find_command(said or ("home",), (entry.name for entry in COMMANDS))
    if found is None:
        return Task(unknown_words, said)
    name, rest = found
    return Task(COMMANDS[name].handle, rest, COMMANDS[name])


def _said(interaction: Interaction) -> tuple[str, ...] | None:
    """Return the words of what was said, None for a command that we do not know."""
    if interaction.kind is Kind.COMMAND and interaction.command_id not in TEXT_COMMANDS:
        quick = QUICK_COMMANDS.get(interaction.command_id or 0)
        return tuple(quick.split()) if quick else None
    return words_of(interaction.text)


def _run(task: Task, interaction: Interaction, caller: Caller, tenant_id: int, backing: Backing) -> Answered:
    if not task.writes:
        with backing.database.reading(tenant_id) as session:
            context = Context(interaction, caller, session, tenant_id, backing, task.said)
            return Answered(encode(task.handle(context), interaction, backing.endpoint))
    if not caller.may_change:
        raise NotAllowed(f"role {caller.role} only reads")
    try:
        return _act_once(task, interaction, caller, tenant_id, backing)
    except IntegrityError:
        seen = _seen(interaction, backing)
        if seen is None:
            raise
        return seen


def _act_once(
    task: Task, interaction: Interaction, caller: Caller, tenant_id: int, backing: Backing
) -> Answered:
    """Change something and keep the answer in one transaction; a repeat gets the kept answer."""
    with backing.database.writing(tenant_id) as session:
        seen = session.get(SeenInteraction, interaction.key) if interaction.key else None
        if seen is not None:
            return Answered(seen.reply or {})
        context = Context(interaction, caller, session, tenant_id, backing, task.said)
        body = encode(task.handle(context), interaction, backing.endpoint)
        if context.acted and interaction.key:
            session.add(SeenInteraction(key=interaction.key, reply=body))
            session.flush()
        return Answered(body, context.wakes)


def _seen(interaction: Interaction, backing: Backing) -> Answered | None:
    """Return the answer of the same interaction, which another process gave at the same moment."""
    with backing.database.reading_all() as session:
        seen = session.get(SeenInteraction, interaction.key) if interaction.key else None
        return Answered(seen.reply or {}) if seen else None
