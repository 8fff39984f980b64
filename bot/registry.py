"""The registry of handlers: each has a unique name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Final, Generic, TypedDict, TypeVar, Unpack

from models.accounts.features import OF_ACTION, Feature
from models.accounts.rights import Action

HANDLER_MODULES: Final = ("commands", "buttons", "dialogs")

Handler = TypeVar("Handler", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Entry(Generic[Handler]):
    """One handler. `writes`: it changes something, so it needs a writing session and acts once.

    `right` is what the actor must be allowed to do (`models/accounts/rights.py`); without it the handler does
    not run, no dialog opens, and help does not show the command.
    `feature` is what the tenant's plan must have, and means the same where it lacks that; it is the feature
    of the right, unless another one is named.
    `usage` is what follows the name, `summary` one line for help and docs. `open_to_all`: it may be
    used where the space is not linked yet.
    """

    name: str
    handle: Handler
    right: Action
    writes: bool = False
    usage: str = ""
    summary: str = ""
    open_to_all: bool = False
    feature: Feature | None = None


class EntryOptions(TypedDict, total=False):
    """What an entry says besides its name and its right."""

    writes: bool
    usage: str
    summary: str
    open_to_all: bool
    feature: Feature | None


class Registry(Generic[Handler]):
    """Handlers of one kind: `@COMMANDS("rule list", right=Action.RULE_READ, summary="...")` registers one."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._entries: dict[str, Entry[Handler]] = {}

    def __call__(
        self, name: str, *, right: Action, **rest: Unpack[EntryOptions]
    ) -> Callable[[Handler], Handler]:
        """Register the decorated function. Raises ValueError for a name that is taken."""

        def register(handler: Handler) -> Handler:
            if name in self._entries:
                raise ValueError(f"two handlers for the {self._kind} {name!r}")
            rest.setdefault("feature", OF_ACTION.get(right))
            self._entries[name] = Entry(name, handler, right, **rest)
            return handler

        return register

    def get(self, name: str) -> Entry[Handler] | None:
        return self._entries.get(name)

    def __getitem__(self, name: str) -> Entry[Handler]:
        return self._entries[name]

    def __iter__(self) -> Iterator[Entry[Handler]]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)


def discover(package: ModuleType) -> None:
    """Import `<package>.<noun>.{commands,buttons,dialogs}` of every noun, so that its handlers register."""
    for noun in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if noun.ispkg:
            _discover_noun(importlib.import_module(noun.name))


def _discover_noun(package: ModuleType) -> None:
    for module in pkgutil.iter_modules(package.__path__):
        if module.name in HANDLER_MODULES:
            importlib.import_module(f"{package.__name__}.{module.name}")
