"""The playground's page with the whole product behind it, in the process of the test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import update

from models.tables import PipedriveUser, User
from tests.customers import ADA, BEN, DOOR, PASSWORD
from tests.scenarios.acting.pressing import EMAILS, NAMES, NUMBERS, connect
from tests.scenarios.week.one_process import Product
from tests.stack import free_port, the_vault
from web.playground.page import playground_page
from web.playground.play import REFRESH_TOKEN, Playground

TEAM: Final = {"ada@example.com": "admin", "ben@example.com": "sales_rep", "cora@example.com": "viewer"}
COMMANDS: Final = [{"words": "rule new", "description": "Make a rule"}]
DEALS: Final = "spaces/AAAA"


@contextmanager
def live(folder: Path, template: Path, rules: Sequence[Mapping[str, Any]]) -> Iterator[Product]:
    """Acme with three people and a guest; `template` is a migrated database. Ada and Ben are connected."""
    shutil.copyfile(template, folder / "pipenotify.db")
    port = free_port()
    with Playground(f"http://127.0.0.1:{port}/chat/events") as play:
        fast = {"CHAT_SPACE_WRITES_PER_SECOND": "50"}
        product = Product(play, folder, f"sqlite:///{folder / 'pipenotify.db'}", port, **fast)
        product.load([_document(play.pipedrive.store.company.id, rules)])
        database, crm = product.engine.database, play.pipedrive
        with database.writing_all() as session:
            for person, number in NUMBERS.items():
                session.add(PipedriveUser(tenant_id=1, pipedrive_id=str(number), name=NAMES[person]))
                known = update(User).where(User.email == EMAILS[person])
                session.execute(known.values(pipedrive_user_id=str(number)))
        for person in (ADA, BEN):
            connect(database, the_vault(), crm, "Acme", person)
        crm.register(f"{product.origin}{DOOR}/acme", "pd", PASSWORD)
        page = playground_page(play, COMMANDS, roles=lambda: TEAM)
        with product.served(page), product.working():
            yield product


def _document(company: int, rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "tenant": "Acme",
        "timezone": "Europe/Prague",
        "pipedrive": {
            "company_id": company,
            "domain": "acme.pipedrive.com",
            "webhook": {"key": "acme", "user": "pd", "password": PASSWORD},
            "connection": {"refresh_token": REFRESH_TOKEN, "api_domain": "https://acme.pipedrive.com"},
        },
        "users": [{"email": email, "role": role} for email, role in TEAM.items()],
        "spaces": [{"name": DEALS, "title": "Deals"}, {"name": "spaces/BBBB", "title": "Wins wall"}],
        "rules": rules,
    }


@contextmanager
def opened(browser: Browser, product: Product, **how: Any) -> Iterator[Page]:
    """The page in a new browser; any script error fails the test."""
    usual = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
    context = browser.new_context(**{**usual, **how})
    context.set_default_timeout(30_000)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{product.origin}/playground")
    page.wait_for_selector("body.ready")
    yield page
    context.close()
    assert wrong == []


def card_of(page: Page, title: str) -> Locator:
    """The newest message that names this."""
    return page.locator(".message").filter(has=page.get_by_role("heading", name=title)).last


def press(page: Page, card: Locator, name: str) -> None:
    """Press a button of a card, or its entry in the menu behind the three dots."""
    expect(card).to_be_visible()
    shown = card.get_by_role("button", name=name, exact=True)
    if shown.count():
        shown.click()
        return
    card.locator("[aria-haspopup=menu]").click()
    page.get_by_role("menuitem", name=name, exact=True).click()


def become(page: Page, name: str) -> None:
    """Look at the page as another person."""
    person = page.locator("button.person").filter(has_text=name)
    person.click()
    expect(person).to_have_attribute("aria-pressed", "true")
