"""The words of the code: the field's standard terms, one name for one meaning (`docs/glossary.md`)."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rules.house import PACKAGES, ROOT, files, listed, modules, place, tree

# Words with a private meaning in this project; `docs/glossary.md` has the term to use instead.
STRUCK = frozenset(
    """
    trouble troubles told tells said owe owed owing parcel scene withheld twin twins pins movements readings
    book books trial trials seat reception desk backing carrier strangers wish heart pulse beat rounds stray
    strays asides shelf allowance ledger spendings founded newcomer goodbye caretaker care furnish
    deliverable undeliverable trespass
    """.split()  # noqa: SIM905 - a column of quotes would hide the words
)
# Identifiers that keep such a word, each with its reason.
KEPT = {"test_pins": "requirements are pinned to exact versions"}
FOLDER_FILES = 20
SAME_PREFIX = 2
ONE_FILE_A_KIND = {"jobs/channels/chat_*": "a channel is one file, named after its kind"}


def words(name: str) -> set[str]:
    """Split an identifier: `ClaimedDelivery` and `claimed_delivery` both hold `claimed` and `delivery`."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def identifiers(module: ast.Module) -> Iterator[tuple[str, int]]:
    """Return the names a module defines: functions, classes, arguments, variables, attributes it sets."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno


def literal_states(module: ast.Module) -> Iterator[int]:
    """Return the lines that compare a state with a literal, or set one to it."""
    for node in ast.walk(module):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            is_state = any(isinstance(side, ast.Attribute) and side.attr == "state" for side in sides)
            if is_state and any(_is_text(side) for side in sides):
                yield node.lineno
        elif isinstance(node, ast.keyword) and node.arg == "state" and _is_text(node.value):
            yield node.value.lineno


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(_is_text(each) for each in node.elts)
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != ""


def _read() -> list[Path]:
    return [path for path in modules() if "migrations" not in path.parts]


def test_identifiers_use_the_terms_of_the_field() -> None:
    struck = [
        f"{place(path)}:{line} {name}"
        for path in _read()
        for name, line in identifiers(tree(path))
        if words(name) & STRUCK and name not in KEPT
    ]

    assert struck == [], listed(struck)


def test_files_use_them_too() -> None:
    names = [*_read(), *files("tests")]

    assert [place(path) for path in names if words(path.stem) & STRUCK and path.stem not in KEPT] == []


def test_a_class_name_has_one_meaning() -> None:
    where: dict[str, list[str]] = defaultdict(list)
    for path in _read():
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where[node.name].append(place(path))

    twice = {name: paths for name, paths in where.items() if len(paths) > 1}
    assert twice == {}, listed(twice.items())


def test_states_are_members_of_their_enum() -> None:
    literal = [
        f"{place(path)}:{line}"
        for path in _read()
        if not place(path).startswith("web/playground/")  # Pipedrive's and Google's states are not ours
        for line in literal_states(tree(path))
    ]

    assert literal == [], listed(literal)


def test_folders_stay_small() -> None:
    sizes = Counter(path.parent for path in (*_read(), *files("tests")) if path.name != "__init__.py")
    large = {place(folder): size for folder, size in sizes.items() if size > FOLDER_FILES}

    assert large == {}, listed(large.items())


def test_what_shares_a_prefix_is_a_folder() -> None:
    prefixes: Counter[tuple[Path, str]] = Counter()
    for path in _read():
        first, _, rest = path.stem.partition("_")
        if rest and first:
            prefixes[path.parent, first] += 1

    many = {
        pattern: n
        for (folder, first), n in prefixes.items()
        if n > SAME_PREFIX and (pattern := f"{place(folder)}/{first}_*") not in ONE_FILE_A_KIND
    }
    assert many == {}, listed(many.items())


def test_the_glossary_names_no_struck_word_as_ours() -> None:
    terms = re.findall(r"^\| \*\*(.+?)\*\*", (ROOT / "docs/glossary.md").read_text(), flags=re.MULTILINE)

    assert len(terms) > 30
    assert [term for term in terms if words(term) & STRUCK] == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('if row.state == "leaving": ...', [1]),
        ('if row.state in ("none", "revoked"): ...', [1]),
        ('Rule(state="done")', [1]),
        ('if row.state == DeliveryState.DEAD or row.name == "x": ...', []),
    ],
)
def test_what_counts_as_a_literal_state(source: str, lines: list[int]) -> None:
    assert list(literal_states(ast.parse(source))) == lines


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("toldOf", {"told", "of"}),
        ("URLReader", {"url", "reader"}),
        ("_told_2", {"told"}),
        ("untold", {"untold"}),
    ],
)
def test_a_name_is_split_into_its_words(name: str, parts: set[str]) -> None:
    assert words(name) == parts


def test_every_package_is_read() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in _read()} == set(PACKAGES)
