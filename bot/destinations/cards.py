"""The cards of destinations: the list, one destination with its rules, and the dialog before removal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.cards.done import confirm_dialog
from bot.text.format import cut_bytes, listed, plural
from bot.widgets import (
    Button,
    Buttons,
    Card,
    Choice,
    Fact,
    Icon,
    Message,
    Option,
    Section,
    Text,
    Widget,
    press,
)
from models.languages.translate import marked, tr, whole

_HOW_TO_ADD = marked("Link this space, or add another destination.")
UNTRIED = marked(
    "Nobody knows yet whether this address works. Test posts a card there; all who are there see it."
)


@dataclass(frozen=True, slots=True)
class DestinationFacts:
    """A destination as text.

    `kind`: "Google Chat space"; `rules`: the names of the rules that post there; `paused`: why nothing is
    sent there now, empty while it is active; `last`: "5 minutes ago", when its last card arrived; `failing`:
    since when cards do not arrive and when it is tried again, empty while they do; `fallback`: the
    destination that gets them while it refuses us, if `has_fallback`, which people have not; `unavailable`:
    why nothing can be sent there from here.
    """

    id: str
    name: str
    kind: str
    rules: Sequence[str] = ()
    paused: str = ""
    last: str = ""
    has_address: bool = False
    failing: str = ""
    has_fallback: bool = False
    fallback: str = ""
    unavailable: str = ""


def destinations_card(
    destinations: Sequence[DestinationFacts],
    *,
    page: int = 1,
    pages: int = 1,
    total: int = 0,
    find: str = "",
    may_add: bool = True,
) -> Message:
    """Return a page of destinations, with buttons to the pages before and after it.

    `find`: the words that their names were searched for.
    """
    count = plural(total, "destination")
    rows: list[Widget] = [_destination_row(destination) for destination in destinations]
    if not rows and find:
        rows.append(Text(tr("No destination has “{find}” in its name.", find=find[:80])))
        rows.append(Buttons(Button(tr("All destinations"), press("space.list"))))
    elif not rows:
        rows.append(
            Text(" ".join([tr("Rules have nowhere to post yet."), *([tr(_HOW_TO_ADD)] if may_add else [])]))
        )
    subtitle = (
        tr("{count}, page {page} of {pages}", count=count, page=whole(page), pages=whole(pages))
        if pages > 1
        else count
    )
    footer = [Button(tr("Add"), press("space.add", dialog=True), primary=True)] if may_add else []
    card = Card(
        tr("Where rules post"),
        subtitle,
        [Section(rows), *_page_buttons(page, pages, find)],
        footer,
        card_id="spaces",
    )
    return Message(card, fallback_text=tr("Where rules post: {count}", count=count))


def _destination_row(destination: DestinationFacts) -> Fact:
    icon = Icon("pause_circle", tr("Paused"))
    if not destination.paused:
        is_silent = destination.failing or destination.unavailable
        icon = Icon("warning" if is_silent else "forum", _active_text(destination))
    label = tr("No. {id}", id=destination.id) + (f" · {tr('paused')}" if destination.paused else "")
    below = " · ".join(
        filter(
            None,
            (
                destination.kind,
                plural(len(destination.rules), "rule"),
                destination.paused or destination.unavailable or destination.failing,
            ),
        )
    )
    return Fact(
        cut_bytes(destination.name, 120),
        label,
        icon=icon,
        below=below,
        end=Button(tr("Open"), press("space.show", place=destination.id)),
    )


def _page_buttons(page: int, pages: int, find: str) -> list[Section]:
    words: dict[str, Any] = {"find": find} if find else {}
    previous = [Button(tr("Previous"), press("space.list", page=page - 1, **words))] if page > 1 else []
    following = [Button(tr("Next"), press("space.list", page=page + 1, **words))] if page < pages else []
    return [Section([Buttons(*previous, *following)])] if previous or following else []


def destination_card(
    destination: DestinationFacts, *, may_edit: bool = True, is_new: bool = False, was_missed: bool = False
) -> Message:
    """Return one destination: whether it is active, which rules post there, and its buttons.

    `is_new`: its address was just given, and nothing was sent there yet; `was_missed`: it was paused until
    now, so cards may have failed.
    """
    state = tr("Paused: {why}", why=destination.paused) if destination.paused else _active_text(destination)
    facts = [
        (tr("Kind"), destination.kind, "category"),
        (tr("Rules"), listed(list(destination.rules)) or tr("none yet"), "rule"),
        (tr("Last card"), destination.last, "history"),
        (tr("Failing"), "" if destination.paused else destination.failing, "warning"),
        (tr("Unavailable"), destination.unavailable, "error"),
        (tr("If it refuses cards"), _fallback_text(destination), "alt_route"),
        (tr("Not tried yet"), tr(UNTRIED) if is_new else "", "info"),
    ]
    rows: list[Widget] = [Fact(text, label, Icon(icon, label)) for label, text, icon in facts if text]
    buttons = [Button(tr("All"), press("space.list"))]
    if may_edit:
        flip = (tr("Resume"), "space.resume") if destination.paused else (tr("Pause"), "space.pause")
        address = [Button(tr("New address"), press("space.address", dialog=True, place=destination.id))]
        other = [Button(tr("Fallback"), press("space.fallback", dialog=True, place=destination.id))]
        try_it = press("space.try", dialog=True, place=destination.id)
        test = [Button(tr("Test"), try_it, primary=True)]
        sooner = [Button(tr("Try again now"), press("space.resume", place=destination.id))]
        again = [Button(tr("Send what was missed"), press("space.retry", place=destination.id))]
        buttons = [
            *([] if destination.unavailable else test),
            *(sooner if destination.failing and not destination.paused else []),
            Button(flip[0], press(flip[1], place=destination.id)),
            *(address if destination.has_address else []),
            *(other if destination.has_fallback else []),
            *(again if was_missed and not destination.paused else []),
            Button(tr("Remove"), press("space.remove", dialog=True, place=destination.id)),
            *buttons,
        ]
    card = Card(destination.name, state, [Section(rows), Section([Buttons(*buttons)])], card_id="space")
    return Message(card, fallback_text=f"{destination.name}: {state}")


def _active_text(destination: DestinationFacts) -> str:
    if destination.unavailable:
        return tr("Unavailable")
    return tr("Takes no cards now") if destination.failing else tr("Listens")


def _fallback_text(destination: DestinationFacts) -> str:
    return tr("They go to {name}", name=destination.fallback) if destination.fallback else ""


def fallback_dialog(
    destination_id: int, name: str, options: Sequence[Option], problem: str = "", *, left_out: int = 0
) -> Card:
    """Return the dialog that chooses where cards go while a destination refuses them for good.

    `problem` is shown above the choice; `left_out` is how many destinations have no place in it.
    """
    what = tr("While {name} refuses cards for good, they go there, and show no more than here.", name=name)
    choice = Choice("to", tr("Where shall they go?"), [Option("", tr("Nowhere")), *options])
    more = [Text(tr("{count} more are set by document or REST.", count=whole(left_out)))] if left_out else []
    sections = [
        *([Section([Text(problem)], tr("Please look at this again"))] if problem else []),
        Section([Text(what), choice, *more]),
    ]
    save = Button(tr("Save"), press("space.set_fallback", place=destination_id), primary=True)
    return Card(tr("If it refuses cards"), name, sections, [save], card_id="space-fallback")


def test_dialog(destination_id: int, name: str) -> Card:
    """Return the dialog before a test card is posted: who sees it."""
    what = tr("A card marked TEST goes to {name} at once; everybody there sees it.", name=name)
    yes = press("space.test", place=destination_id)
    return confirm_dialog(tr("Post a test card?"), what, yes=tr("Post it"), press=yes)


def remove_dialog(destination_id: int, name: str, rules: list[str]) -> Card:
    """Return the dialog before a destination is removed, naming the rules that lose it."""
    loses = (
        tr("These rules lose it: {names}.", names=listed(rules, most=10))
        if rules
        else tr("No rule posts there.")
    )
    yes = press("space.drop", place=destination_id)
    return confirm_dialog(
        tr("Remove this destination?"),
        tr("{name} gets no cards any more. {loses}", name=name, loses=loses),
        yes=tr("Remove"),
        press=yes,
    )
