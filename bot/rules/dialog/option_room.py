"""Draws choices so that a whole dialog stays within Chat's 32,000 bytes: long lists are searched."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.text.format import cut_letters
from bot.widgets import Choice, Option, Press
from models.languages.translate import tr, whole

ROOM: Final = 18_000  # bytes that the options of one dialog may take, with a few conditions
ROOM_OF_A_ROW: Final = 1_600  # what each further condition takes beside its options
FEW_ROWS: Final = 3
MOST_LISTED: Final = 70
SUGGESTED: Final = 6
SUGGESTED_AT_LEAST: Final = 2
FIND: Final = "rule.find"
# Values that only a dropdown needs: to choose nothing, and to choose several instead.
NOTHING: Final = "-"
SEVERAL: Final = "+"
_TEXT: Final = 60
_AROUND: Final = 45  # bytes of an option beside its value and text


def room_for(rows: int) -> int:
    """Return how many bytes the options of a dialog with so many conditions may take."""
    return ROOM - ROOM_OF_A_ROW * max(0, rows - FEW_ROWS)


@dataclass(frozen=True, slots=True)
class Listing:
    """Options as (value, text), which of them are chosen, and the parameters of the search among them."""

    pairs: Sequence[tuple[str, str]]
    chosen: Iterable[str]
    find: Mapping[str, str]
    several: bool = False


@dataclass(slots=True)
class OptionRoom:
    """What is left for the options of one dialog, in bytes. Choices are drawn in the order of the dialog."""

    left: int = ROOM

    def choose(self, name: str, label: str, listing: Listing, on_change: Press | None = None) -> Choice:
        """Return a dropdown, or a choice of several; one that searches if there is no room for all options.

        What is chosen is always among the options.
        """
        picked, pairs = list(dict.fromkeys(listing.chosen)), listing.pairs
        if len(pairs) <= MOST_LISTED and (cost := sum(map(_cost, pairs))) <= self.left:
            self.left -= cost
            options = [Option(value, _short(text), value in picked) for value, text in pairs]
            return Choice(name, label, options, "multi" if listing.several else "dropdown", on_change)
        named = {value: text for value, text in pairs if value not in (NOTHING, SEVERAL)}
        shown = [each for each in picked if each in named]
        if listing.several or not shown:  # who has chosen the one it takes needs no further ones
            more = SUGGESTED if self.left > 0 else SUGGESTED_AT_LEAST
            shown += [value for value in list(named)[:more] if value not in shown]
        options = [Option(value, _short(named[value]), value in picked) for value in shown]
        self.left -= sum(_cost((each.value, each.text)) for each in options)
        return Choice(
            name,
            tr("{label}: type to search {count}", label=label, count=whole(len(named))),
            options,
            "multi",
            on_change,
            search=Press(FIND, dict(listing.find)),
            most=100 if listing.several or SEVERAL in dict(pairs) else 1,
        )

    def usual_of(self, pairs: Sequence[tuple[str, str]], chosen: str) -> list[tuple[str, str]]:
        """Return the pairs, usual ones first; if there is no room for all, only those and the chosen one."""
        if (cost := sum(map(_cost, pairs))) <= self.left:
            self.left -= cost
            return [*pairs]
        return [each for number, each in enumerate(pairs) if number < SUGGESTED or each[0] == chosen]


def _cost(pair: tuple[str, str]) -> int:
    return len(json.dumps(pair[0])) + len(json.dumps(_short(pair[1]))) + _AROUND


def _short(text: str) -> str:
    return cut_letters(text, _TEXT)
