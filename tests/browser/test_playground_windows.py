"""What one person does in the playground's page beside cards: windows, menus, links, Pipedrive's forms."""

from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from tests.browser.stub_cards import ADA, APP, BEN
from tests.browser.stub_playground import StubPlayground, asked, say
from tests.stack import wait_until


def test_a_dialog_opens_and_closes_only_in_the_window_that_asked(page: Page, play: StubPlayground) -> None:
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector("body.ready")
    say(page, "/pipenotify rule new")
    say(other, "/pipenotify rule new")
    for each in (page, other):
        expect(each.locator("#chat-dialog")).to_be_visible()
    page.bring_to_front()
    page.keyboard.press("Escape")
    expect(page.locator("#chat-dialog")).to_be_hidden()
    expect(other.locator("#chat-dialog")).to_be_visible()
    other.close()


def test_a_reload_closes_the_dialog_on_both_sides(page: Page, play: StubPlayground) -> None:
    say(page, "/pipenotify rule new")
    page.get_by_role("dialog", name="New rule").get_by_label("Name").fill("Half typed")
    page.reload()
    page.wait_for_selector("body.ready")
    expect(page.locator("#chat-dialog")).to_be_hidden()
    wait_until(lambda: play.dialogs == {}, 5, "the end of the dialog")


def test_the_menu_of_quick_commands_stays_out_of_the_list_of_spaces(page: Page) -> None:
    page.get_by_role("button", name="Quick commands").click()
    menu = page.get_by_role("menu")
    pane = page.locator(".pane.chat").bounding_box()
    box = menu.bounding_box()
    assert pane is not None
    assert box is not None
    assert box["x"] >= pane["x"]


def test_a_message_of_a_person_offers_the_message_action(page: Page, play: StubPlayground) -> None:
    said = play.post("spaces/AAAA", BEN, text="They want more")
    page.get_by_role("button", name="Write to Pipedrive").click()
    wait_until(lambda: asked(play, "message-action") != [], 5, "the message action")
    assert asked(play, "message-action")[0][1:5] == ("spaces/AAAA", ADA["name"], said["name"], 8)


def test_open_in_pipedrive_stays_in_the_playground(page: Page, play: StubPlayground) -> None:
    deal = play.deals[0]
    links = [
        {
            "text": "Open in Pipedrive",
            "onClick": {"openLink": {"url": f"https://acme.pipedrive.com/deal/{deal['id']}"}},
        },
        {"text": "A person", "onClick": {"openLink": {"url": "https://acme.pipedrive.com/person/77"}}},
    ]
    card = {"sections": [{"widgets": [{"buttonList": {"buttons": links}}]}]}
    play.post("spaces/AAAA", APP, cardsV2=[{"card": card}])
    page.get_by_role("link", name="Open in Pipedrive").click()
    record = page.get_by_role("dialog", name=deal["title"])
    expect(record.get_by_text(deal["owner_name"])).to_be_visible()
    record.get_by_role("button", name="Close").click()
    page.get_by_role("link", name="A person").click()
    expect(page.locator("#toast")).to_have_text("There is no such page in this Pipedrive.")
    assert len(page.context.pages) == 1


def test_removing_the_app_asks_first(page: Page, play: StubPlayground) -> None:
    page.get_by_role("button", name="This space").click()
    page.get_by_role("menuitem", name="Remove Pipenotify from here").click()
    page.get_by_role("button", name="Cancel").click()
    assert asked(play, "remove") == []
    page.get_by_role("button", name="This space").click()
    page.get_by_role("menuitem", name="Remove Pipenotify from here").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.locator("#toast")).to_have_text("Pipenotify left the space")
    assert asked(play, "remove") == [("remove", "spaces/AAAA", "users/1001")]


def test_sums_of_a_column_are_told_for_every_currency(page: Page, play: StubPlayground) -> None:
    play.add_deal(title="Dollars", value=96500, currency="USD")
    column = page.get_by_role("region", name="Qualified").locator(".sums")
    expect(column.locator(".sum")).to_have_count(2)
    expect(column).to_contain_text("$96,500")
    expect(column).not_to_contain_text("+1")


def test_pipedrive_makes_notes_activities_organizations_and_products(
    page: Page, play: StubPlayground
) -> None:
    for entry, label, words, button in (
        ("New note", "Note", "They asked for a discount", "Add note"),
        ("New activity", "Subject", "Call Mia", "Create activity"),
        ("New organization", "Name", "Northwind 2", "Create organization"),
        ("New product", "Name", "Licence", "Create product"),
    ):
        page.get_by_role("button", name="More", exact=True).click()
        page.get_by_role("menuitem", name=entry).click()
        form = page.get_by_role("dialog", name=entry)
        form.get_by_label(label, exact=True).fill(words)
        form.get_by_role("button", name=button).click()
        expect(form).to_be_hidden()
    assert asked(play, "create_note")[0][1]["content"] == "They asked for a discount"
    assert asked(play, "create_activity")[0][1] == {
        "subject": "Call Mia",
        "type": "call",
        "owner_id": 11,
        "user_id": 11,
    }
    assert asked(play, "create_product")[0][1]["price"] == 490


def test_a_phone_shows_the_card_of_a_win(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator('.panes [data-pane="board"]').click()
    page.get_by_role("button", name="Win: 40 licences").click()
    new = page.get_by_role("region", name="New card")
    expect(new.get_by_role("heading", name="Deal won: 40 licences")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    new.get_by_role("button", name="Show in Deals").click()
    expect(new).to_be_hidden()
    expect(page.locator("#messages").get_by_role("heading", name="Deal won: 40 licences")).to_be_visible()


def test_webhooks_are_told_with_the_time_at_which_they_were_sent(page: Page, play: StubPlayground) -> None:
    at = datetime(2026, 11, 27, 9, 41, tzinfo=UTC).timestamp()
    play.deliveries = [
        {"webhook_id": 1, "event": "create.deal", "object_id": "1", "attempt": 1, "status": 200, "at": at}
    ]
    play.changed()
    page.locator("#wire summary").click()
    told = page.evaluate(
        f"new Date({at * 1000}).toLocaleTimeString([], {{hour: 'numeric', minute: '2-digit'}})"
    )
    expect(page.locator("#wire-lines time")).to_have_text(told)
