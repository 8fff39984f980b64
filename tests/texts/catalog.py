"""The texts of the code for people: found where they are marked, and written into the file of a language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages import Catalog, Message
from babel.messages.pofile import read_po, write_po

from bot.phrases.words import PHRASE, SOURCES
from models.languages.catalog import COMMAND, FOLDER, STORED
from models.pipedrive.entity import ENTITIES
from models.pipedrive.filters.change_operators import CHANGE_OPERATORS
from models.pipedrive.filters.operators import OPERATORS
from models.pipedrive.types import EVENT_TYPES
from models.rules.drafts import LOOKS
from models.tables.accounts import ROLES
from tests.rules.house import files, place, tree

STARTED: Final = datetime(2026, 11, 28, tzinfo=UTC)
SHOWN: Final = ("bot", "models", "jobs")  # the packages with texts for people in Chat
TEXT_CALLS: Final = ("tr", "marked")
ARGUMENTS: Final = ("usage", "summary")  # of a command
# Words after a command that mean something; the commands' own words are added to them.
WORDS: Final = """
    here me all team space rule on off failed held skipped digested show hourly daily weekly at for until
    since by today tomorrow now minutes hours days mon tue wed thu fri sat sun weekdays weekend daily
    a the my our deal lead person organization activity active paused auto urgent
    admin manager sales_rep analyst viewer
    to mine unassigned hot warm cold snoozed contacted qualified converted lost
    queues breakers dead alerts
""".split()  # noqa: SIM905 - a column of quotes would hide the words
CHOICES: Final = ("Open", "Won", "Lost", "Deleted", "Call", "Meeting", "Task", "Deadline", "Email", "Lunch")


@dataclass(frozen=True)
class Text:
    """One text as the catalog has it: its context, its plural form (empty for none), and where it stands."""

    text: str
    context: str = ""
    many: str = ""
    where: str = ""

    @property
    def id(self) -> str | tuple[str, str]:
        return (self.text, self.many) if self.many else self.text


def texts() -> list[Text]:
    """Return all texts that are shown to people, each once, in the order of the files."""
    found: dict[tuple[str, str], Text] = {}
    for each in (*_in_code(), *_in_tables()):
        found.setdefault((each.context, each.text), each)
    return list(found.values())


def _in_code() -> Iterator[Text]:
    for package in SHOWN:
        for path in files(package):
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.Call):
                    yield from _in_call(node, place(path))


def _in_call(call: ast.Call, where: str) -> Iterator[Text]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    given = [each.value if isinstance(each, ast.Constant) else None for each in call.args]
    first, second = (str(each) if isinstance(each, str) else "" for each in [*given, None, None][:2])
    if name in TEXT_CALLS and first:
        yield Text(first, second if name == "marked" else "", where=where)
    elif name == "for_later" and first:
        yield Text(first, STORED if "{" in first else "", where=where)
    elif name == "tr_in" and second:
        yield Text(second, first, where=where)
    elif name in ("tr_plural", "marked_plural") and first and second:
        yield Text(first, many=second, where=where)
    elif name == "plural" and second:
        many = str(given[2]) if len(given) > 2 else f"{second}s"
        yield Text(f"{{count}} {second}", many=f"{{count}} {many}", where=where)
    elif name == "command":
        named = {each.arg: each.value for each in call.keywords}
        values = (named.get(key) for key in ARGUMENTS)
        yield from (Text(str(each.value), where=where) for each in values if isinstance(each, ast.Constant))


def _in_tables() -> Iterator[Text]:
    """Yield the texts that the code takes from declarations: labels, operators, event types, roles, words."""
    where = "models/pipedrive"
    for entity in ENTITIES.values():
        yield Text(entity.label, where=where)
        yield from (Text(each.label, where=where) for each in entity.fields.values())
    yield from (Text(each.words, where=where) for each in OPERATORS.values())
    yield from (Text(each.words, where=where) for each in CHANGE_OPERATORS.values())
    yield from (Text(each.partition(".")[2].replace("_", " "), "event", where=where) for each in EVENT_TYPES)
    yield from (Text(each, "choice", where=where) for each in CHOICES)
    yield from (Text(each.replace("_", " ")) for each in (*ROLES, "guest"))
    yield from (Text(each) for each in LOOKS)
    yield from (Text(each, "place") for each in ("here", "me", "team"))
    yield from (Text(each, COMMAND) for each in command_words())
    yield from (Text(each, PHRASE) for each in SOURCES)


def command_words() -> list[str]:
    """Return the words of all commands, and those after them that mean something."""
    import bot.dispatch  # noqa: F401 - registers the commands
    from bot.context import COMMANDS

    return list(dict.fromkeys([*(word for each in COMMANDS for word in each.name.split()), *WORDS]))


def new_catalog(code: str) -> Catalog:
    """Return an empty catalog of a language; its dates do not change, so that updates show only texts."""
    return Catalog(
        locale=code,
        header_comment=f"# The texts of Pipenotify in the language {code}, by the English ones in the code.",
        project="Pipenotify",
        version="1",
        copyright_holder="",
        msgid_bugs_address="",
        creation_date=STARTED,
        revision_date=STARTED,
        last_translator="",
        language_team="",
        fuzzy=False,
    )


def write(path: Path, catalog: Catalog) -> None:
    with path.open("wb") as file:
        write_po(file, catalog, width=110)


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def forms_of(message: Message) -> list[str]:
    """Return the translations of a message: one, or one for each plural form."""
    forms = message.string if isinstance(message.string, tuple | list) else [message.string]
    return [str(form or "") for form in forms]


def update(code: str) -> int:
    """Bring a language's file up to date with the code; return how many texts lack a translation."""
    path = FOLDER / f"{code}.po"
    known = read(path) if path.exists() else Catalog(locale=code)
    fresh = new_catalog(code)
    for each in texts():
        old = known.get(each.id, each.context or None)
        fresh.add(each.id, old.string if old else None, context=each.context or None)
    write(path, fresh)
    return sum(not all(forms_of(each)) for each in fresh if each.id)
