"""Every button of a card, pressed by a sales rep, a viewer and a guest; a rule made by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.live import DEALS, become, card_of, live, opened, press
from tests.scenarios.acting.pressing import NUMBERS
from tests.scenarios.week.one_process import Product
from tests.stack import wait_until

BEN: Final = NUMBERS["users/1002"]
RULES: Final = [
    {"name": "New deals", "on": "deal.created", "to": [DEALS]},
    {"name": "To do", "on": "activity.created", "to": [DEALS]},
    {"name": "New leads", "on": "lead.created", "to": [DEALS]},
]
REFUSED: Final = "You may not do this"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Product]:
    with live(tmp_path_factory.mktemp("live"), migrated_sqlite, RULES) as running:
        yield running


@pytest.fixture
def page(browser: Browser, product: Product) -> Iterator[Page]:
    with opened(browser, product) as shown:
        yield shown


def new_deal(product: Product, page: Page, title: str) -> tuple[Locator, int]:
    """Ada makes a deal; return its card and its number."""
    made = product.play.pipedrive.do("create_deal", title=title, value=1200)
    card = card_of(page, title)
    expect(card).to_be_visible()
    return card, int(made["id"])


@dataclass(frozen=True)
class Now:
    """What Pipedrive has of a deal now."""

    deal: Mapping[str, Any]
    notes: str
    activities: str


def now_of(product: Product, number: int) -> Now:
    store = product.play.pipedrive.store
    mine = {
        entity: [each for each in store.all(entity) if each["deal_id"] == number]
        for entity in ("note", "activity")
    }
    return Now(dict(store.get("deal", number)), str(mine["note"]), str(mine["activity"]))


def assign(dialog: Locator) -> None:
    dialog.get_by_label("Who takes it?").select_option(label="Ben Okafor")


def move(dialog: Locator) -> None:
    dialog.get_by_label("Demo scheduled").check()


def lose(dialog: Locator) -> None:
    dialog.locator('[data-input="reason"] input').fill("Too dear")


def write_note(dialog: Locator) -> None:
    dialog.get_by_role("textbox", name="Note").fill("Call back on Monday")


def plan(dialog: Locator) -> None:
    dialog.get_by_label("What?").fill("Call Grace")


Act = tuple[Callable[[Locator], None] | None, str, Callable[[Now], bool]]
ACTS: Final[Mapping[str, Act]] = {
    "Claim": (None, "claimed", lambda now: now.deal["owner_id"] == BEN),
    "Assign": (assign, "", lambda now: now.deal["owner_id"] == BEN),
    "Move": (move, "moved it to Demo scheduled", lambda now: now.deal["stage_id"] == 3),
    "Won": (None, "marked it as won", lambda now: now.deal["status"] == "won"),
    "Lost": (lose, "marked it as lost: Too dear", lambda now: now.deal["lost_reason"] == "Too dear"),
    "Note": (write_note, "added a note", lambda now: "Monday" in now.notes),
    "Follow-up": (plan, "planned “Call Grace”", lambda now: "Call Grace" in now.activities),
}


@pytest.mark.parametrize("name", ACTS)
def test_a_sales_rep_does_it_and_the_card_says_so(product: Product, page: Page, name: str) -> None:
    fill, words, is_done = ACTS[name]
    become(page, "Ben")
    card, number = new_deal(product, page, f"{name} by Ben")
    assert not is_done(now_of(product, number))

    press(page, card, name)
    if fill is not None:
        dialog = page.locator("#chat-dialog")
        expect(dialog).to_be_visible()
        fill(dialog)
        dialog.locator(".card-footer .filled").click()
        expect(dialog).to_be_hidden()

    wait_until(lambda: is_done(now_of(product, number)), 20, f"{name} in Pipedrive")
    expect(card).to_contain_text(f"Ben Okafor {words}")


def test_a_sales_rep_ticks_off_an_activity_and_claims_a_lead(product: Product, page: Page) -> None:
    crm = product.play.pipedrive
    become(page, "Ben")
    made = crm.do("create_activity", subject="Ring Hooli", type="call", due_date="2026-12-02")
    press(page, card_of(page, "Ring Hooli"), "Done")
    wait_until(lambda: crm.store.get("activity", made["id"])["done"], 20, "the tick in Pipedrive")
    expect(card_of(page, "Ring Hooli")).to_contain_text("Ben Okafor")

    lead = crm.do("create_lead", title="Hot lead", amount=700)
    press(page, card_of(page, "Hot lead"), "Claim")
    wait_until(lambda: crm.store.get("lead", lead["id"])["owner_id"] == BEN, 20, "the claim in Pipedrive")


def test_a_sales_rep_asks_why_and_is_answered_alone(product: Product, page: Page) -> None:
    become(page, "Ben")
    card, _ = new_deal(product, page, "Why me")
    press(page, card, "Why")
    answer = page.locator(".message").filter(has_text="Only visible to you").last
    expect(answer).to_contain_text("New deals")
    become(page, "Ada")
    expect(page.get_by_text("Only visible to you")).to_have_count(0)


def test_a_sales_rep_mutes_the_rule_here_for_a_while(product: Product, page: Page) -> None:
    become(page, "Ben")
    product.play.pipedrive.do("create_lead", title="Last lead", amount=5)
    press(page, card_of(page, "Last lead"), "Mute this rule")
    dialog = page.locator("#chat-dialog")
    expect(dialog).to_be_visible()
    dialog.locator(".card-footer .filled").click()
    expect(dialog).to_be_hidden()
    product.play.pipedrive.do("create_lead", title="Not heard", amount=5)
    product.play.pipedrive.do("create_deal", title="Heard", value=5)
    expect(card_of(page, "Heard")).to_be_visible()
    expect(card_of(page, "Not heard")).to_have_count(0)


@pytest.mark.parametrize("person", ["Cora", "Gil"])
def test_a_viewer_and_a_guest_are_refused_in_words_and_change_nothing(
    product: Product, page: Page, person: str
) -> None:
    become(page, person)
    card, number = new_deal(product, page, f"Hands off, {person}")
    before = now_of(product, number)
    said = page.locator(".message").filter(has_text=REFUSED)
    for name, (fill, _, _) in ACTS.items():
        so_far = said.count()
        press(page, card, name)
        if fill is None:
            expect(said).to_have_count(so_far + 1)
            continue
        dialog = page.locator("#chat-dialog")
        expect(dialog).to_be_visible()
        expect(dialog).to_contain_text(REFUSED)
        expect(dialog.locator("[data-input]")).to_have_count(0)
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
    assert now_of(product, number) == before
    refusals = [each for each in product.play.messages(DEALS, "users/1001") if REFUSED in str(each)]
    assert refusals == [], "each is seen by that person alone"


FOCUSED: Final = """() => {
  const at = document.activeElement;
  const label = at.labels && at.labels.length ? at.labels[0].innerText : "";
  return (at.getAttribute("aria-label") || label || at.innerText || "").trim();
}"""


def tab_to(page: Page, name: str, most: int = 80) -> None:
    """Press Tab until the element of this name has the focus, and says so on the screen."""
    seen = []
    for _ in range(most):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED))
        if seen[-1] == name:
            return
    raise AssertionError(f"Tab never came to {name!r}, only to {seen}")


def test_a_rule_is_made_by_keyboard_alone(page: Page) -> None:
    tab_to(page, "Skip to the message box")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(FOCUSED) == "Quick commands"
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="New rule")).to_be_visible()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="New rule")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    assert page.evaluate(FOCUSED) == "Quick commands", "where it was before the dialog"
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="New rule")).to_be_visible()
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    tab_to(page, "Name")
    page.keyboard.type("By keyboard")
    tab_to(page, "Save")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("Rule “By keyboard” saved").first).to_be_visible()
