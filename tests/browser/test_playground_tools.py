"""The playground's tools: people and their roles, both dialects, the inspector, and links that stay."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.stub_cards import ADA, APP, deal_card
from tests.browser.stub_playground import StubPlayground, asked, say

SILENT = "NOTIFICATION_TYPE_SILENT"


def post_card(play: StubPlayground, title: str = "Globex renewal", **more: Any) -> None:
    play.post("spaces/AAAA", APP, cardsV2=[{"cardId": "c", "card": deal_card(title, "€1")}], **more)


def test_everybody_is_shown_with_their_role_and_who_has_none_as_a_guest(
    page: Page, play: StubPlayground
) -> None:
    play.roles = {"ada@example.com": "admin"}
    play.changed()
    expect(page.locator(".person")).to_have_text(["ALAdaadmin", "BOBenguest"])


def test_the_dialect_is_switched_from_the_keyboard(page: Page, play: StubPlayground) -> None:
    page.get_by_role("button", name="Playground tools").focus()
    page.keyboard.press("Enter")
    chosen = page.get_by_role("menuitemradio", name="Chat app")
    expect(chosen).to_have_attribute("aria-checked", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("Workspace add-on")
    assert asked(play, "dialect") == [("dialect", "addon")]
    page.get_by_role("button", name="Playground tools").click()
    expect(page.get_by_role("menuitemradio", name="Workspace add-on")).to_have_attribute(
        "aria-checked", "true"
    )


def test_a_silent_message_says_so_and_marks_no_space(page: Page, play: StubPlayground) -> None:
    page.get_by_role("button", name="Wins wall").click()
    post_card(play, notification=SILENT, silent=True, fallbackText="Quiet")
    expect(page.locator(".space.unread")).to_have_count(0)
    post_card(play, fallbackText="Loud")
    expect(page.locator(".space.unread")).to_have_count(1)
    page.get_by_role("button", name="Deals").click()
    expect(page.locator(".notified")).to_have_text(["Silent", "Notifies"])


def test_a_message_is_inspected_changed_and_checked(page: Page, play: StubPlayground) -> None:
    post_card(play, fallbackText="Won")
    page.get_by_role("button", name="Inspect this message").click()
    inspector = page.get_by_role("dialog", name="Message as JSON")
    box = inspector.get_by_label("JSON")
    expect(box).to_be_focused()
    assert '"title": "Globex renewal"' in box.input_value()
    box.fill('{"cardsV2": [{"card": {"header": {"titel": "T"}}}]}')
    inspector.get_by_role("button", name="Check").click()
    expect(inspector.get_by_role("status")).to_contain_text("titel")
    box.fill("{")
    inspector.get_by_role("button", name="Check").click()
    expect(inspector.get_by_role("status")).to_contain_text("This is no JSON")
    page.keyboard.press("Escape")
    expect(inspector).to_be_hidden()


def test_the_open_dialog_is_inspected_above_itself(page: Page) -> None:
    say(page, "/pipenotify rule new")
    page.get_by_role("button", name="Inspect this dialog").click()
    inspector = page.get_by_role("dialog", name="Dialog as JSON")
    expect(inspector.get_by_role("status")).to_contain_text("Chat shows all of it")
    inspector.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog", name="New rule")).to_be_visible()


def test_a_card_of_ones_own_is_checked(page: Page) -> None:
    page.get_by_role("button", name="Playground tools").click()
    page.get_by_role("menuitem", name="Check a card of your own").click()
    expect(page.locator("#inspector").get_by_role("status")).to_contain_text("Chat shows all of it")


def test_a_choice_that_searches_asks_the_app_and_keeps_what_was_chosen(
    page: Page, play: StubPlayground
) -> None:
    say(page, "/pipenotify rule new")
    dialog = page.get_by_role("dialog", name="New rule")
    search = dialog.get_by_role("searchbox", name="Stages")
    search.fill("nego")
    dialog.get_by_label("Negotiations").check()
    search.fill("demo")
    dialog.get_by_label("Demo scheduled").check()
    search.fill("nothing like it")
    expect(dialog.get_by_text("Nothing is called so")).to_be_visible()
    dialog.get_by_label("Name").fill("Big wins")
    dialog.get_by_role("button", name="Save rule").click()
    expect(dialog).to_be_hidden()
    assert asked(play, "autocomplete")[0][3:] == ({"do": "rule.values"}, "nego")
    assert asked(play, "submit")[0][3]["stages"] == ["Negotiations", "Demo scheduled"]


@pytest.mark.parametrize("url", ["https://example.com/x", "mailto:grace@globex.example", "tel:+420123"])
def test_no_link_leaves_the_playground(page: Page, play: StubPlayground, url: str) -> None:
    card = {"sections": [{"widgets": [{"textParagraph": {"text": f'<a href="{url}">go</a>'}}]}]}
    play.post("spaces/AAAA", APP, cardsV2=[{"cardId": "c", "card": card}])
    page.get_by_role("link", name="go").click()
    expect(page.locator("#toast")).to_contain_text("The playground leads nowhere on the Internet")
    assert len(page.context.pages) == 1


def test_who_hid_the_first_steps_gets_them_back(page: Page) -> None:
    page.get_by_role("button", name="Hide the first steps").click()
    page.get_by_role("button", name="Playground tools").click()
    page.get_by_role("menuitem", name="Show the first steps").click()
    expect(page.locator("#hints")).to_be_visible()


BACKLOG = {
    "waiting": 12,
    "held": 0,
    "given_up": 0,
    "retried": 3,
    "has_new_events": False,
    "oldest_due_s": 8,
    "next_try_s": 5,
    "refused": ["spaces/AAAA"],
}


def fail_something(page: Page) -> None:
    page.get_by_role("button", name="Playground tools").click()
    page.get_by_role("menuitem", name="Let something fail").click()


def test_what_fails_is_one_press_to_begin_and_one_to_end(page: Page, play: StubPlayground) -> None:
    play.backlog = BACKLOG
    fail_something(page)
    strip = page.get_by_role("region", name="Let something fail")
    hangs = strip.get_by_role("button", name="Chat hangs")
    hangs.click()
    expect(hangs).to_have_attribute("aria-pressed", "true")
    expect(strip.get_by_role("status")).to_contain_text("never answers")
    expect(strip.locator("dd")).to_have_text(
        ["12", "since 8 s", "3, next in 5 s", "0", "0", "Deals: /pipenotify space resume"]
    )
    play.backlog = BACKLOG | {"waiting": 1, "oldest_due_s": None, "retried": 1, "refused": []}
    expect(strip.locator("dd")).to_have_text(["1", "nothing before the retry", "1, next in 5 s", "0", "0"])
    play.backlog = BACKLOG | {"waiting": 0, "oldest_due_s": None, "retried": 0, "refused": []}
    hangs.click()
    expect(hangs).to_have_attribute("aria-pressed", "false")
    expect(strip.locator("dd")).to_have_text(["0", "nothing", "none", "0", "0"])
    strip.get_by_role("button", name="Hide what may fail").click()
    expect(strip).to_be_hidden()
    assert asked(play, "outage") == [("outage", "chat-hangs", True), ("outage", "chat-hangs", False)]


def test_what_fails_is_shown_to_who_comes_later(page: Page, play: StubPlayground) -> None:
    play.failing = ["chat-403"]
    play.changed()
    expect(page.get_by_role("button", name="Chat refuses: 403")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Hide what may fail")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_in_any_state(
    browser: Browser, address: str, play: StubPlayground, width: int, scheme: Any
) -> None:
    play.roles = {"ada@example.com": "admin"}
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("body.ready")
    post_card(play, fallbackText="Won")
    expect(page.get_by_role("heading", name="Globex renewal")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Playground tools").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    play.backlog = BACKLOG
    fail_something(page)
    page.get_by_role("button", name="Worker killed").click()
    expect(page.locator(".outage-figures dd").first).to_have_text("12")
    assert violations(page) == []
    page.get_by_role("button", name="Inspect this message").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    say(page, "/pipenotify rule new")
    expect(page.get_by_role("dialog", name="New rule")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_a_link_in_a_message_is_a_link_and_its_card_stands_below_it(page: Page, play: StubPlayground) -> None:
    link = "https://acme.pipedrive.com/deal/2"
    card = [{"cardId": "c", "card": deal_card("40 licences", "€1")}]
    play.post("spaces/AAAA", ADA, text=f"see {link}", cardsV2=card)
    expect(page.get_by_role("link", name=link)).to_be_visible()
    expect(page.locator(".card-title")).to_have_text("40 licences")
    expect(page.get_by_role("button", name="Inspect this message")).to_be_visible()
    page.get_by_role("link", name=link).click()
    expect(page.locator("#form-dialog")).to_contain_text("Kestrel")


def test_a_long_text_is_folded_and_unfolds(page: Page, play: StubPlayground) -> None:
    words = {"textParagraph": {"text": "<br>".join(f"line {each}" for each in range(9)), "maxLines": 3}}
    card = {
        "header": {"title": "Note"},
        "sections": [{"widgets": [words, {"textParagraph": {"text": "x", "maxLines": 3}}]}],
    }
    play.post("spaces/AAAA", APP, cardsV2=[{"cardId": "c", "card": card}])
    more = page.get_by_role("button", name="Show more")
    expect(more).to_have_count(1)
    more.click()
    expect(page.get_by_role("button", name="Show less")).to_have_attribute("aria-expanded", "true")


def test_a_picture_of_this_server_is_drawn_by_whichever_of_its_names(
    page: Page, play: StubPlayground
) -> None:
    port = page.evaluate("location.port")
    for host in ("127.0.0.1", "localhost", "example.com"):
        header = {
            "title": host,
            "imageUrl": f"http://{host}:{port}/playground/static/bell.svg",
            "imageAltText": host,
        }
        play.post("spaces/AAAA", APP, cardsV2=[{"cardId": "c", "card": {"header": header, "sections": []}}])
    expect(page.locator("img.card-logo")).to_have_count(2)
    expect(page.get_by_role("img", name="example.com")).to_have_text("E")
