"""The Playground gives the page plain JSON and connects the product to the simulations."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.web.playground.app_stub import AppStub, app_stub
from web.playground.play import REFRESH_TOKEN, Playground

ADA, BEN = "users/1001", "users/1002"


@pytest.fixture
def app() -> Iterator[AppStub]:
    with app_stub() as stub:
        yield stub


@pytest.fixture
def play(app: AppStub) -> Iterator[Playground]:
    with Playground(app.url) as running:
        yield running


def test_everything_the_page_gets_is_json(play: Playground) -> None:
    told: list[object] = [play.people(), play.commands(), play.spaces(ADA), play.messages("spaces/AAAA", ADA)]
    told += [play.dialog(ADA), play.pipedrive_state(), play.say("spaces/AAAA", ADA, "/pipenotify")]
    assert json.loads(json.dumps(told)) == told


def test_each_person_has_a_direct_message_of_their_own(play: Playground) -> None:
    names = [[space["name"] for space in play.spaces(person)] for person in (ADA, BEN)]
    assert names[0][:-1] == names[1][:-1]
    assert [mine[-1] for mine in names] == ["spaces/DM1001", "spaces/DM1002"]


def test_the_page_plays_a_whole_dialog(play: Playground, app: AppStub) -> None:
    card = {"header": {"title": "T"}, "sections": [{"widgets": [{"textParagraph": {"text": "x"}}]}]}
    opened = {"actionResponse": {"type": "DIALOG", "dialogAction": {"dialog": {"body": card}}}}
    app.replies = [opened, {"text": "done"}, opened, {}]
    assert play.quick_command("spaces/AAAA", ADA, 3)["kind"] == "dialog"
    assert play.dialog(ADA) == {"space": "spaces/AAAA", "message": None, "card": card}
    assert play.submit_dialog(ADA, {"do": "x"}, {"name": "n"})["message"]["text"] == "done"
    play.quick_command("spaces/AAAA", ADA, 3)
    play.close_dialog(ADA)
    play.close_dialog(ADA)
    assert play.dialog(ADA) is None
    assert len(app.events) == 4


def test_the_app_can_be_removed_and_added_again(play: Playground) -> None:
    play.remove_app("spaces/AAAA", ADA)
    assert [space["appIsMember"] for space in play.spaces(ADA)].count(False) == 1
    play.add_app("spaces/AAAA", ADA)
    assert all(space["appIsMember"] for space in play.spaces(ADA))


def test_changes_on_both_sides_wake_the_page(play: Playground) -> None:
    version = play.wait_for_change(0, 0.01)
    play.pipedrive_do("win_deal", id=1)
    after = play.wait_for_change(version, 5)
    play.say("spaces/AAAA", ADA, "lunch?")
    assert version < after < play.wait_for_change(after, 5)


def test_the_products_variables_lead_here(play: Playground, app: AppStub, tmp_path: Path) -> None:
    variables = play.environment(tmp_path)
    assert variables["CHAT_AUDIENCE"] == app.url
    assert httpx.get(variables["CHAT_CERTS_URL"]).status_code == 200
    form = {"grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN}
    secret = (variables["PIPEDRIVE_CLIENT_ID"], variables["PIPEDRIVE_CLIENT_SECRET"])
    answer = httpx.post(f"{variables['PIPEDRIVE_OAUTH_URL']}/oauth/token", data=form, auth=secret)
    assert answer.status_code == 200
    google = httpx.get(f"{variables['GOOGLE_OAUTH_URL']}/.well-known/openid-configuration").json()
    assert google["issuer"] == variables["GOOGLE_OAUTH_URL"]
    (back,) = play.google.sign_in.redirect_uris
    assert back == f"{app.server.url}/oauth/google/callback"


def test_wrong_actions_are_said_in_a_sentence(play: Playground) -> None:
    with pytest.raises(ValueError, match="no deal 999"):
        play.pipedrive_do("win_deal", id=999)


def test_the_dialect_is_switched_and_survives_a_restart(play: Playground, app: AppStub) -> None:
    play.speak("addon")
    play.say("spaces/AAAA", ADA, "/pipenotify")
    assert "commonEventObject" in app.events[-1]
    with pytest.raises(ValueError, match="no dialect"):
        play.speak("carrier pigeon")
    again = Playground(app.url)
    again.restore(json.loads(json.dumps(play.state())))
    assert again.dialect() == "addon"
    again.restore({key: value for key, value in play.state().items() if key != "dialect"})
    assert again.dialect() == "classic", "as an earlier release kept it"
    again.close()


def test_a_message_is_inspected_by_who_sees_it_alone(play: Playground) -> None:
    store = play.chat.store
    private = store.post(
        store.spaces["spaces/AAAA"], {"name": "x", "type": "BOT"}, {"text": "hi"}, viewer=ADA
    )
    assert json.loads(play.inspect(ADA, private.name)["text"]) == {"text": "hi"}
    for person, message in ((BEN, private.name), (ADA, "spaces/AAAA/messages/none"), (ADA, None)):
        with pytest.raises(LookupError):
            play.inspect(person, message)
