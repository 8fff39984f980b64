"""Import rules beyond import-linter: which modules of another package may be imported."""

from pathlib import Path

import pytest

from tests.rules.house import dotted, files, imports, listed, modules, place, within

DRAWING = ("bot.cards", "bot.widgets", "bot.text.format", "bot.text.headline")
TELLING = (
    "bot.text.card_lines",
    "bot.text.contacts",
    "bot.text.changes",
    "bot.text.duration",
    "bot.text.entities",
    "bot.text.field_values",
    "bot.text.headline",
    "bot.text.kept",
    "bot.text.letters",
    "bot.text.nudges",
    "bot.text.ranges",
    "bot.text.scores",
    "bot.text.totals",
    "bot.text.wording",
)  # changes in words; used by cards
HTTP = ("httpx", "requests", "urllib.request", "http.client", "httplib2", "googleapiclient")
STARTS_THE_PLAYGROUND = {"web/__main__.py", "web/demo.py"}


def _is_wire(path: Path) -> bool:
    name = place(path)
    return name.startswith(("jobs/to_", "web/playground/")) or name == "web/from_chat/google_token.py"


def _asked_of(path: Path, package: str) -> list[str]:
    """Return what a module imports from a package; a `from x import y` counts once, by its longer name."""
    asked = {name for name in imports(path) if within(name, package)}
    return sorted(name for name in asked if not any(within(other, name) and other != name for other in asked))


def _refused(paths: list[Path], package: str, allowed: tuple[str, ...]) -> list[str]:
    return [
        f"{place(path)} imports {name}"
        for path in paths
        for name in _asked_of(path, package)
        if not within(name, *allowed)
    ]


def test_jobs_take_from_bot_only_what_draws_cards() -> None:
    assert files("jobs")
    refused = _refused(files("jobs"), "bot", DRAWING)

    assert refused == [], listed(refused)


def test_what_draws_cards_knows_nothing_of_the_conversation() -> None:
    drawing = [path for path in files("bot") if within(dotted(path), *DRAWING, *TELLING)]

    assert drawing
    refused = _refused(drawing, "bot", (*DRAWING, *TELLING))
    assert refused == [], listed(refused)


def test_nouns_do_not_import_their_neighbours_handlers_and_cards() -> None:
    nouns = {path.parent.name for path in files("bot", "commands.py")}
    crossing = [
        f"{place(path)} imports {name}"
        for path in files("bot")
        for name in imports(path)
        for noun in nouns - {path.parent.name}
        if within(name, *(f"bot.{noun}.{part}" for part in ("commands", "buttons", "dialogs", "cards")))
    ]

    assert len(nouns) > 3
    assert crossing == [], listed(crossing)


def test_only_the_demo_starts_the_playground() -> None:
    outside = [
        path
        for path in modules()
        if place(path) not in STARTS_THE_PLAYGROUND and not place(path).startswith("web/playground/")
    ]

    assert outside
    assert [place(path) for path in outside if any(within(n, "web.playground") for n in imports(path))] == []


def test_only_wires_and_gates_speak_http() -> None:
    speaking = [place(path) for path in modules() if any(within(name, *HTTP) for name in imports(path))]
    wires = {place(path) for path in modules() if _is_wire(path)}

    assert wires
    # These ask whether processes of ours answer.
    assert set(speaking) - wires == {"web/demo.py", "web/releases/smoke.py"}


def test_only_the_queue_file_knows_rq() -> None:
    knowing = {place(path) for path in modules() if any(within(name, "rq") for name in imports(path))}

    assert knowing <= {"jobs/queue.py"}


def test_only_settings_read_the_environment() -> None:
    reading = [place(path) for path in modules() if {"os.environ", "os.getenv"} & _attributes(path)]

    assert "models/settings.py" in reading
    assert set(reading) == {"models/settings.py"}


def _attributes(path: Path) -> set[str]:
    source = path.read_text()
    return {name for name in ("os.environ", "os.getenv") if name in source}


@pytest.mark.parametrize(
    ("name", "packages", "inside"),
    [
        ("bot.cards.event", ("bot.cards",), True),
        ("bot.cards", ("bot.cards",), True),
        ("bot.cardshark", ("bot.cards",), False),
    ],
)
def test_within_respects_the_dots(name: str, packages: tuple[str, ...], *, inside: bool) -> None:
    assert within(name, *packages) is inside
