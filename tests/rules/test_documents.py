"""The commands in the documents exist."""

import re
from pathlib import Path

import yaml

from models.settings import variables
from tests.rules.house import ROOT, files

TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
FENCE = re.compile(r"^\s*```.*?^\s*```", re.MULTILINE | re.DOTALL)
TYPED_MAKE = re.compile(r"(?:^|`|&& )(?:\w+=\S+ )*make ([a-z][a-z-]*)", re.MULTILINE)
TYPED_MODULE = re.compile(r"python3? -m ([a-z_.]+)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
ANCHORED = re.compile(r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)")
RULE_OF_TABLE = re.compile(r"\|[\s:|-]+\|")
OURS = ("web", "jobs", "bot", "models", "tests")


def _documents() -> list[Path]:
    found = [*ROOT.glob("README.md"), *files("docs", "*.md")]
    assert found, "there are no documents"
    return found


def _targets() -> set[str]:
    return set(TARGET.findall((ROOT / "Makefile").read_text()))


def test_make_commands_of_the_documents_exist() -> None:
    typed = {name for path in _documents() for name in TYPED_MAKE.findall(path.read_text())}

    assert typed, "no document says `make demo`"
    assert typed <= _targets()


def test_every_make_command_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()

    assert {"demo", "test", "bench", "lint", "format", "types", "clean"} <= _targets()
    assert set(re.findall(r"^([a-z][a-z-]*):.*## \w", makefile, re.MULTILINE)) == _targets()


def test_python_commands_of_the_documents_exist() -> None:
    typed = {name for path in _documents() for name in TYPED_MODULE.findall(path.read_text())}
    ours = {name for name in typed if name.split(".")[0] in OURS}

    missing = {name for name in ours if not _can_run(name)}

    assert ours
    assert missing == set()


def _can_run(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__main__.py").exists()


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{path.name}: {target}"
        for path in _documents()
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", FENCE.sub("", path.read_text()))
        if not (path.parent / target).exists()
    ]

    assert broken == []


def _anchors(page: str) -> set[str]:
    """Return where a link may lead within a page: its headings, as GitHub names them."""
    names = [
        re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in HEADING.findall(page)
    ]
    return {f"{name}-{names[:at].count(name)}".removesuffix("-0") for at, name in enumerate(names)}


def test_links_to_headings_lead_to_one() -> None:
    broken = []
    for path in _documents():
        for target, anchor in ANCHORED.findall(FENCE.sub("", path.read_text())):
            page = (path.parent / target) if target else path
            if page.suffix == ".md" and anchor not in _anchors(FENCE.sub("", page.read_text())):
                broken.append(f"{path.name}: {target}#{anchor}")

    assert broken == []


def _is_row(line: str) -> bool:
    return line.startswith("|")


def test_tables_begin_with_a_head_and_end_before_text() -> None:
    broken = []
    for path in _documents():
        lines = ["", *FENCE.sub("", path.read_text()).splitlines(), "", ""]
        for before, line, after in zip(lines, lines[1:], lines[2:], strict=False):
            begins = _is_row(line) and not _is_row(before)
            has_no_end = _is_row(line) and not _is_row(after) and after.strip()[:4] not in ("", "<!--")
            if (begins and not RULE_OF_TABLE.fullmatch(after)) or has_no_end:
                broken.append(f"{path.name}: {line}")

    assert broken == []


def test_app_engine_sets_only_variables_that_are_read() -> None:
    app = yaml.safe_load((ROOT / "app.yaml").read_text())

    assert set(app["env_variables"]) <= set(variables())
    assert app["env_variables"]["HOST"] == "0.0.0.0"
    assert app["entrypoint"] == "python -m web"
