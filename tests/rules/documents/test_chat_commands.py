"""What documents and pages say to type in Chat is a command."""

from __future__ import annotations

import html
import re
from typing import Final

import bot.dispatch  # noqa: F401 - registers the commands
from bot.command_line import find_command, split_words
from bot.context import COMMANDS
from tests.rules.house import ROOT, files, listed

TYPED: Final = re.compile(r"[`>](/pipenotify[^`<\n]*)[`<]")


def test_what_people_are_told_to_type_is_a_command() -> None:
    names = [entry.name for entry in COMMANDS]
    pages = [ROOT / "README.md", *files("docs", "*.md"), *files("web", "*.html")]
    typed = {(path.name, said) for path in pages for said in TYPED.findall(path.read_text())}
    unknown = sorted(
        f"{page}: {said}"
        for page, said in typed
        if (words := split_words(html.unescape(said))) and find_command(words, names) is None
    )

    assert unknown == [], listed(unknown)
    assert len(typed) > 150
