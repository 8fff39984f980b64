"""The first steps with `make demo`: make a rule in Chat, win a deal in Pipedrive, see its card."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stack import ROOT, free_port, wait_until

READY_WITHIN_S: Final = 60
CARD_WITHIN_MS: Final = 20_000
ENDS_WITHIN_S: Final = 15
PICTURES: Final = ROOT / "docs" / "images"
WANTS_PICTURES: Final = os.environ.get("PIPENOTIFY_SCREENSHOTS") == "1"


class Demo:
    """`python -m web demo` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.output = folder / "output"
        env = os.environ | {"PORT": str(self.port), "PIPENOTIFY_DATA": str(folder / "data")}
        with self.output.open("wb") as out:
            command = [sys.executable, "-m", "tests.leash", "-m", "web", "demo"]
            self.process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/playground"

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.output.read_text()
        return f"ready {self.address}\n" in self.output.read_text()

    def processes(self) -> list[int]:
        """Find what runs with this demo's data, by what Linux tells of every process."""
        mark = f"PIPENOTIFY_DATA={self.folder / 'data'}".encode()
        found = []
        for place in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                if mark in place.read_bytes().split(b"\0"):
                    found.append(int(place.parent.name))
        return found

    def leave(self) -> None:
        """Press Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def clear_away(self) -> None:
        for pid in {*self.processes(), self.process.pid}:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    started = Demo(tmp_path)
    try:
        wait_until(started.is_ready, READY_WITHIN_S, "the ready line")
        yield started
    finally:
        started.clear_away()
        print(started.output.read_text())


@pytest.fixture
def page(browser: Browser, demo: Demo) -> Iterator[Page]:
    """The open playground; any script error fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    opened.goto(demo.address)
    opened.wait_for_selector("body.ready")
    yield opened
    context.close()
    assert wrong == []


def test_a_newcomer_makes_a_rule_wins_a_deal_and_sees_the_card(demo: Demo, page: Page) -> None:
    page.fill("#composer-box", "/pipenotify")
    page.keyboard.press("Enter")
    expect(page.locator(".hint.done")).to_contain_text("Type /pipenotify")
    page.get_by_role("button", name="Quick commands").click()
    page.get_by_role("menuitem", name="New rule").click()
    dialog = page.get_by_role("dialog", name="New rule")
    expect(dialog).to_be_visible()
    dialog.get_by_label("When").select_option("deal.won")
    expect(dialog.locator("[aria-busy=true]")).to_have_count(0)  # the app draws it anew: fields differ
    _picture(page, "dialog")
    dialog.get_by_label("Name", exact=True).fill("Won deals")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("Rule “Won deals” saved").first).to_be_visible()

    time.sleep(2)  # a change of rules holds for events two seconds later
    page.get_by_role("button", name="Win: Globex renewal").click()
    card = page.get_by_role("heading", name="Globex renewal")
    expect(card.first).to_be_visible(timeout=CARD_WITHIN_MS)
    expect(page.get_by_text("€12,000.00").first).to_be_visible()
    _all_pictures(page)

    page.goto("about:blank")
    demo.leave()
    assert demo.process.wait(ENDS_WITHIN_S) == 0
    wait_until(lambda: demo.processes() == [], 3, "the end of every process of the demo")


def _all_pictures(page: Page) -> None:
    if WANTS_PICTURES:
        expect(page.locator("#toast")).to_be_hidden(timeout=15_000)
    _picture(page, "playground")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    _picture(page, "playground-dark")
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": 390, "height": 780})
    page.locator('.panes [data-pane="chat"]').click()
    _picture(page, "playground-phone")


def _picture(page: Page, name: str, **how: Any) -> None:
    """Keep what the page looks like, for the README; only when asked for."""
    if WANTS_PICTURES:
        page.wait_for_timeout(500)
        page.screenshot(path=PICTURES / f"{name}.png", **how)
