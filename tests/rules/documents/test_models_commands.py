"""`python -m models` and its like: what the documents type is understood, and each command is explained."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from jobs.logs.__main__ import _parser as logs_parser
from models.__main__ import _parser as models_parser
from tests.rules.house import ROOT, files, listed
from web.__main__ import _parser as web_parser

PARSERS: Final = {"models": models_parser, "web": web_parser, "jobs.logs": logs_parser}
IN_BLOCKS: Final = re.compile(r"^\s*(?:.*?(?:\||&&|--) )?(?:\S*python3?) -m (\S+)(.*)$", re.MULTILINE)
BLOCK: Final = re.compile(r"^\s*```.*?^\s*```", re.MULTILINE | re.DOTALL)
SHELL: Final = re.compile(r"""\s[#|>]|\s<\s|\)|'\s""")  # what follows is no argument of ours
# In running text a command is often named without what it needs.
NAMED: Final = re.compile(r"`python -m models ([a-z-]+)")
WITH_OPTIONS: Final = re.compile(r"`python -m models ([a-z-]+)( [^`]+)`")


def _documents() -> list[Path]:
    return [ROOT / "README.md", *files("docs", "*.md")]


def _typed() -> Iterator[tuple[str, str, list[str]]]:
    """Yield the commands of all code blocks: where, the module, and its arguments."""
    for path in _documents():
        for block in BLOCK.findall(path.read_text()):
            for module, rest in IN_BLOCKS.findall(block):
                if module in PARSERS:
                    yield path.name, module, _arguments(rest)


def _arguments(rest: str) -> list[str]:
    return shlex.split(SHELL.split(f"{rest} ")[0])


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    found = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    return dict(found[0].choices)


def test_commands_in_code_blocks_are_understood(capsys: pytest.CaptureFixture[str]) -> None:
    refused = []
    for page, module, arguments in _typed():
        try:
            PARSERS[module]().parse_args(arguments)
        except SystemExit:
            refused.append(f"{page}: {module} {arguments}: {capsys.readouterr().err.splitlines()[-1]}")

    assert refused == [], listed(refused)
    assert len(list(_typed())) > 40


def test_commands_named_in_the_text_exist() -> None:
    named = {name for path in _documents() for name in NAMED.findall(path.read_text())}

    assert named <= set(_commands(models_parser()))


def test_options_named_in_the_text_exist() -> None:
    commands = _commands(models_parser())
    wrong = [
        f"{path.name}: {name} {option}"
        for path in _documents()
        for name, rest in WITH_OPTIONS.findall(BLOCK.sub("", path.read_text()))
        for option in re.findall(r"(?<!\S)--[a-z-]+", rest)
        if option not in commands[name]._option_string_actions
    ]

    assert wrong == [], listed(wrong)


def test_the_page_for_operators_has_every_command_on_the_record() -> None:
    page = (ROOT / "docs" / "operating.md").read_text().partition("\n## Processes\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+) \|", page, re.MULTILINE)
    explained = {name for row in rows for name in re.findall(r"`([a-z-]+)`", row)}

    assert set(_commands(models_parser())) == explained
