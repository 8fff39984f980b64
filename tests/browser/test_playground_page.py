"""The playground's page in a real browser: a stubbed Playground behind the real routes."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.contrast import CONTRAST
from tests.browser.stub_cards import APP, BEN, deal_card
from tests.browser.stub_playground import StubPlayground, asked, say


def test_an_empty_space_says_what_to_do_next(page: Page) -> None:
    expect(page.get_by_text("No messages yet")).to_be_visible()
    expect(page.get_by_text("What rules post here arrives here.")).to_be_visible()


def test_a_won_deal_brings_its_card(page: Page, play: StubPlayground) -> None:
    page.get_by_role("button", name="Win: 40 licences").click()
    expect(page.get_by_role("heading", name="Deal won: 40 licences")).to_be_visible()
    expect(page.get_by_text("Northwind")).to_be_hidden()
    assert asked(play, "win_deal")[0][1]["user_id"] == 11


def test_a_card_that_arrives_later_is_shown_and_spoken(page: Page, play: StubPlayground) -> None:
    play.post(
        "spaces/AAAA", APP, cardsV2=[{"card": deal_card("Later", "€1")}], fallbackText="Later: a deal was won"
    )
    expect(page.get_by_role("heading", name="Later")).to_be_visible()
    play.post("spaces/AAAA", APP, text="Second")
    expect(page.locator("#spoken")).to_contain_text("Pipenotify: Second")


def test_hostile_text_stays_text(page: Page, play: StubPlayground) -> None:
    evil = '<img src=x onerror="window.hacked=1"><a href="javascript:window.hacked=1">go</a><b>bold</b>'
    card = {"header": {"title": evil}, "sections": [{"widgets": [{"textParagraph": {"text": evil}}]}]}
    play.post("spaces/AAAA", APP, text=evil, cardsV2=[{"card": card}])
    expect(page.locator(".paragraph strong")).to_have_text("bold")
    assert page.locator("#messages img").count() == 0
    assert page.locator('#messages a[href^="javascript"]').count() == 0
    assert page.evaluate("window.hacked") is None


def test_a_collapsed_section_unfolds(page: Page) -> None:
    page.get_by_role("button", name="Win: 40 licences").click()
    expect(page.get_by_text("23 days")).to_be_hidden()
    page.get_by_role("button", name="Show more").click()
    expect(page.get_by_text("23 days")).to_be_visible()


def test_a_button_sends_its_parameters(page: Page, play: StubPlayground) -> None:
    page.get_by_role("button", name="Win: 40 licences").click()
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(page.locator("#toast")).to_have_text("Muted for an hour")
    assert asked(play, "click")[0][4] == {"do": "rule.mute"}


def test_a_slash_offers_commands_and_tab_takes_one(page: Page) -> None:
    box = page.locator("#composer-box")
    box.press_sequentially("/")
    expect(page.get_by_role("option")).to_have_count(1)
    box.press("Tab")
    expect(box).to_have_value("/pipenotify ")
    box.press_sequentially("ru")
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("/pipenotify rule new")


def test_a_dialog_asks_for_what_is_required_and_sends_what_was_filled(
    page: Page, play: StubPlayground
) -> None:
    say(page, "/pipenotify rule new")
    dialog = page.get_by_role("dialog", name="New rule")
    dialog.get_by_role("button", name="Save rule").click()
    expect(dialog.get_by_text("Fill this in")).to_be_visible()
    dialog.get_by_label("Name").fill("Big wins")
    dialog.get_by_label("When").select_option("A deal moves")
    dialog.get_by_role("group", name="To").get_by_label("Wins wall").check()
    dialog.get_by_label("Detailed").check()
    dialog.get_by_label("Urgent").check()
    dialog.get_by_label("From").fill("2026-11-20")
    dialog.get_by_role("button", name="Save rule").click()
    expect(dialog).to_be_hidden()
    assert asked(play, "submit")[0][2:] == (
        {"do": "rule.save"},
        {
            "name": "Big wins",
            "on": ["A deal moves"],
            "spaces": ["Deals", "Wins wall"],
            "template": ["Detailed"],
            "flags": ["urgent"],
            "from": {"dateInput": {"msSinceEpoch": 1795132800000}},
        },
    )


def test_escape_closes_the_dialog_on_both_sides(page: Page, play: StubPlayground) -> None:
    say(page, "/pipenotify rule new")
    expect(page.locator("#chat-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#chat-dialog")).to_be_hidden()
    assert play.dialogs == {}


def test_a_private_answer_is_hidden_from_the_other_person(page: Page) -> None:
    say(page, "/pipenotify help")
    expect(page.get_by_text("Only visible to you")).to_be_visible()
    page.get_by_role("button", name="Ben").click()
    expect(page.get_by_role("button", name="Ben")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("Only visible to you")).to_have_count(0)


def test_the_other_person_speaks_as_themselves(page: Page, play: StubPlayground) -> None:
    page.get_by_role("button", name="Ben").click()
    expect(page.get_by_role("button", name="Ben")).to_have_attribute("aria-pressed", "true")
    say(page, "hello")
    expect(page.locator(".message").first).to_contain_text("Ben Okafor")
    assert asked(play, "say")[0][2] == BEN["name"]


def test_a_refused_answer_says_why(page: Page) -> None:
    say(page, "/pipenotify break")
    expect(
        page.locator("#stream").get_by_text("Pipenotify is unable to process your request")
    ).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="title is missing")).to_be_visible()


def test_a_reply_goes_into_its_thread(page: Page, play: StubPlayground) -> None:
    first = play.post("spaces/AAAA", APP, text="A thread begins")
    page.locator(".thread").hover()
    page.get_by_role("button", name="Reply").click()
    say(page, "and goes on")
    expect(page.locator(".replies .message").first).to_contain_text("and goes on")
    assert asked(play, "say")[0][4] == first["thread"]["name"]


def test_a_deal_is_created_moved_by_drag_and_lost_with_a_reason(page: Page, play: StubPlayground) -> None:
    page.get_by_role("button", name="Deal", exact=True).click()
    form = page.get_by_role("dialog", name="New deal")
    form.get_by_label("Title").fill("Fresh deal")
    form.get_by_label("Value").fill("250.5")
    form.get_by_role("button", name="Create deal").click()
    card = page.get_by_role("article", name="Fresh deal")
    card.drag_to(page.get_by_role("region", name="Negotiations"))
    expect(page.get_by_role("region", name="Negotiations")).to_contain_text("Fresh deal")
    card.get_by_role("button", name="Lose").click()
    page.get_by_label("Why was it lost?").fill("No budget")
    page.get_by_role("button", name="Mark as lost").click()
    expect(card).to_be_hidden()
    assert asked(play, "create_deal")[0][1]["value"] == 250.5
    assert asked(play, "move_deal")[0][1]["stage_id"] == 5
    assert asked(play, "lose_deal")[0][1]["lost_reason"] == "No budget"


def test_a_deal_moves_by_its_menu_from_the_keyboard(page: Page, play: StubPlayground) -> None:
    page.get_by_role("button", name="More: 40 licences").focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="Negotiations").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Negotiations")).to_contain_text("40 licences")
    assert asked(play, "move_deal")[0][1]["stage_id"] == 5


def test_an_import_fills_the_board(page: Page, play: StubPlayground) -> None:
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Import 50 deals").click()
    expect(page.locator("#toast")).to_contain_text("50 deals imported")
    assert [each[1]["count"] for each in asked(play, "bulk_import")] == [50]
    expect(page.get_by_role("button", name="Show more")).to_be_visible()


def test_a_first_step_is_ticked_when_it_has_happened_not_when_it_was_tried(
    page: Page, play: StubPlayground
) -> None:
    page.get_by_role("button", name="Win: 40 licences").click()
    expect(page.get_by_role("heading", name="Deal won: 40 licences")).to_be_visible()
    expect(page.locator(".hint")).to_have_text(
        ["1Type /pipenotify", "2Make a rule of your own", "3Win a deal, watch its card arrive"]
    )
    expect(page.locator(".hint.done")).to_have_count(0)
    play.steps = {"won": True, "ruled": False, "typed": False}
    play.changed()
    expect(page.locator(".hint.done")).to_contain_text("Win a deal")


def test_the_first_steps_stay_closed(page: Page) -> None:
    page.get_by_role("button", name="Hide the first steps").click()
    page.reload()
    page.wait_for_selector("body.ready")
    expect(page.locator("#hints")).to_be_hidden()


def test_the_second_step_opens_the_rule_dialog(page: Page, play: StubPlayground) -> None:
    page.get_by_role("button", name="Make a rule of your own").click()
    expect(page.get_by_role("dialog", name="New rule")).to_be_visible()
    assert asked(play, "quick") == [("quick", "spaces/AAAA", "users/1001", 3)]


@pytest.mark.parametrize("pane", ["spaces", "chat", "board"])
def test_a_phone_shows_one_pane_without_sideways_scrolling(page: Page, pane: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator(f'.panes [data-pane="{pane}"]').click()
    expect(page.locator(".pane:visible")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_enough_contrast(page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    say(page, "/pipenotify break")
    page.get_by_role("button", name="Win: 40 licences").click()
    expect(page.get_by_role("heading", name="Deal won")).to_be_visible()
    assert page.evaluate(CONTRAST) == []


def test_every_control_has_a_name(page: Page) -> None:
    say(page, "/pipenotify rule new")
    expect(page.locator("#chat-dialog")).to_be_visible()
    nameless = page.evaluate("""() => [...document.querySelectorAll('button, input, select, textarea, a')]
      .filter((node) => node.checkVisibility())
      .filter((node) => !(node.textContent.trim() || node.ariaLabel || node.labels?.length || node.title))
      .map((node) => node.outerHTML)""")
    assert nameless == []
