"""Draws every kind of card as people see it: `python -m tests.browser.contact_sheets` writes two pictures.

They are docs/images/cards-light.png and cards-dark.png, with each card at 360 and at 800 px. Each card is
real: something is done in the simulated Pipedrive, and the product sends it.
"""

from __future__ import annotations

import base64
import html
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright

from jobs.scheduled.tell_stalled import tell_stalled
from models.database import migrate
from models.database.engine import Database
from tests.browser.conftest import QUIET
from tests.browser.live import DEALS, live, opened
from tests.customers import ADA, DOOR, PASSWORD
from tests.models.pipedrive.webhook import v2
from tests.scenarios.week.one_process import Product
from tests.stack import ROOT, wait_until

PICTURES: Final = ROOT / "docs" / "images"
WIDTHS: Final = (360, 800)
THEMES: Final = ("light", "dark")
PAPER: Final = {"light": ("#ffffff", "#202124"), "dark": ("#131314", "#e3e3e3")}
EVERYTHING: Final = (
    "deal.created",
    "deal.won",
    "deal.lost",
    "deal.stage_changed",
    "deal.value_changed",
    "deal.owner_changed",
    "deal.stalled",
    "lead.created",
    "activity.created",
    "activity.done",
    "note.created",
    "person.created",
    "organization.created",
    "product.created",
)
SETTLES_S: Final = 1.5  # without another card
RULES: Final = [{"name": "Everything", "on": list(EVERYTHING), "to": [DEALS]}]
ALONE: Final = """document.querySelectorAll("main > :not(.chat), #hints").forEach((each) => {
  each.style.display = "none";
});
document.querySelector("main").style.display = "block";"""
LOADED: Final = """Promise.all([...document.images].map((each) => {
  each.loading = "eager";
  return each.complete || new Promise((done) => { each.onload = each.onerror = done; });
}))"""
Act = Callable[[Product], Any]


def _deal(product: Product, title: str, **fields: Any) -> int:
    usual: dict[str, Any] = {"value": 48_500, "stage_id": 2}
    usual |= {"org_name": "Globex", "person_name": "Grace Hopper"}
    made = product.play.pipedrive.do("create_deal", title=title, **usual | fields)
    return int(made["id"])


def _on(action: str, **arguments: Any) -> Act:
    """Do something with the newest deal."""

    def act(product: Product) -> None:
        newest = max(int(each["id"]) for each in product.play.pipedrive.store.all("deal"))
        product.play.pipedrive.do(action, id=newest, **arguments)

    return act


def _do(action: str, **arguments: Any) -> Act:
    return lambda product: product.play.pipedrive.do(action, **arguments)


def _stall(product: Product) -> None:
    """A deal that nobody has changed for eight days and a half."""
    at = (datetime.now(UTC) - timedelta(days=8.5)).isoformat()
    state = {"id": 900, "title": "Umbrella rollout", "value": 7400, "currency": "EUR", "status": "open"}
    body = v2(
        "change",
        "deal",
        id=str(uuid.uuid4()),
        company_id=str(product.play.pipedrive.store.company.id),
        previous={"value": 1},
        data=state | {"update_time": at, "stage_id": 3, "owner_id": 2},
    )
    body["meta"] |= {"entity_id": "900", "timestamp": at}
    posted = httpx.post(
        f"{product.origin}{DOOR}/acme", json=body, auth=("pd", PASSWORD), trust_env=False, timeout=20
    )
    posted.raise_for_status()
    product.play.pipedrive.sender.settle()
    time.sleep(SETTLES_S)
    tell_stalled(product.engine.database)


def _import(product: Product) -> None:
    for number in range(1, 10):
        product.play.pipedrive.do("create_deal", title=f"Imported deal {number}", value=number * 900)
    product.play.pipedrive.do("win_deal", id=_deal(product, "Big one", value=96_500))


def _digest(product: Product) -> None:
    product.play.say(DEALS, ADA, "/pipenotify digest daily 09:00 here")
    _import(product)
    product.play.pipedrive.sender.settle()
    product.work()
    product.play.say(DEALS, ADA, "/pipenotify digest off here")


KINDS: Final[dict[str, Act]] = {
    "new deal": lambda product: _deal(product, "Globex renewal"),
    "moved": _on("move_deal", stage_id=4),
    "moved back": _on("move_deal", stage_id=3),
    "value changed": _on("change_value", value=61_200),
    "owner changed": _on("edit_deal", owner_id=2),
    "won": _on("win_deal"),
    "lost": lambda product: product.play.pipedrive.do(
        "lose_deal", id=_deal(product, "Initech fleet"), lost_reason="Price too high"
    ),
    "stalled": _stall,
    "redacted": lambda product: _deal(product, "Secret merger", visible_to="1"),
    "new lead": _do("create_lead", title="Stark pilot", amount=3200, org_name="Stark Supplies"),
    "activity": _do(
        "create_activity",
        subject="Call Grace about the offer",
        type="call",
        due_date="2026-12-02",
        due_time="10:00",
        public_description="<p>She asked for <b>two</b> variants.</p>",
        deal_id=1,
    ),
    "activity done": lambda product: product.play.pipedrive.do(
        "finish_activity", id=max(int(one["id"]) for one in product.play.pipedrive.store.all("activity"))
    ),
    "note": _do(
        "create_note",
        content="<p>Grace wants to start in March.</p><p>The board approved; legal still reads.</p>",
        deal_id=1,
    ),
    "person": _do(
        "create_person",
        name="Marie Sklodowska",
        org_name="Globex",
        email="marie@globex.example",
        phone="+48 22 555 01 99",
    ),
    "organization": _do("create_organization", name="Wayne Logistics Europe", address="Nerudova 12, Praha"),
    "product": _do("create_product", name="Tracking unit 2", code="TRK-2", price=129),
    "summary of a burst": _import,
    "digest": _digest,
}


def _cards(product: Product) -> int:
    return len([each for each in product.play.chat.store.messages(DEALS) if each.client_id])


def _perform(product: Product, kind: str, act: Act) -> str:
    """Do something; return the name of the last message that it brings."""
    before = _cards(product)
    act(product)
    wait_until(lambda: _cards(product) > before, 30, kind)
    while (now := _cards(product)) > before:
        before = now
        time.sleep(SETTLES_S)
    return [each for each in product.play.chat.store.messages(DEALS) if each.client_id][-1].name


def _shots(
    browser: Browser, product: Product, names: dict[str, str], theme: str, width: int
) -> dict[str, bytes]:
    """Take a picture of each message in a window of this width."""
    shape = {"viewport": {"width": width, "height": 2400}, "color_scheme": theme}
    with opened(browser, product, **shape) as page:
        _show_chat(page)
        page.evaluate(LOADED)
        shots = {}
        for kind, name in names.items():
            message = page.locator(f'.message[data-name="{name}"]')
            expect(message).to_be_visible()
            shots[kind] = message.screenshot()
        return shots


def _show_chat(page: Page) -> None:
    """Show the messages alone, as wide as the window."""
    tab = page.locator('.panes [data-pane="chat"]')
    if tab.is_visible():
        tab.click()
    page.evaluate(ALONE)


def _sheet(browser: Browser, theme: str, by_width: dict[int, dict[str, bytes]]) -> bytes:
    """Put the pictures of a theme on one page: a row for each kind."""
    paper, ink = PAPER[theme]
    rows = []
    for kind in KINDS:
        images = "".join(
            f'<td><img src="data:image/png;base64,{base64.b64encode(by_width[width][kind]).decode()}"></td>'
            for width in WIDTHS
        )
        rows.append(f"<tr><th>{html.escape(kind)}</th>{images}</tr>")
    style = f"body {{margin: 16px; background: {paper}; color: {ink}; font: 14px sans-serif}}"
    style += " td, th {vertical-align: top; padding: 6px; text-align: left}"
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_content(f"<style>{style}</style><table>{''.join(rows)}</table>")
    picture = page.screenshot(full_page=True)
    page.close()
    return picture


def draw(folder: Path = PICTURES) -> None:
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        template = Path(place) / "template.db"
        database = Database(f"sqlite:///{template}")
        migrate.upgrade(database)
        database.close()
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        with live(Path(place), template, RULES) as product:
            names = {kind: _perform(product, kind, act) for kind, act in KINDS.items()}
            for theme in THEMES:
                by_width = {width: _shots(browser, product, names, theme, width) for width in WIDTHS}
                (folder / f"cards-{theme}.png").write_bytes(_sheet(browser, theme, by_width))
        browser.close()


if __name__ == "__main__":
    draw()
