"""A playground that is restored from its own state is the same, for people and for the app."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.web.playground.app_stub import app_stub
from web.playground.pipedrive.sender import RETRY_AFTER_S
from web.playground.play import REFRESH_TOKEN, Playground

SPACE = "spaces/AAAA"
THEN, NOW = "http://127.0.0.1:8001", "http://127.0.0.1:8002"


_made: list[Playground] = []


def new(origin: str = THEN) -> Playground:
    _made.append(Playground(f"{origin}/chat/events"))
    return _made[-1]


def restored(play: Playground, origin: str = THEN) -> Playground:
    """A new playground from what the file of the other would hold."""
    again = new(origin)
    again.restore(json.loads(json.dumps(play.state())))
    return again


@pytest.fixture
def play() -> Iterator[Playground]:
    yield new()
    while _made:
        _made.pop().close()


def test_records_come_back_and_no_id_comes_twice(play: Playground) -> None:
    deal = play.pipedrive_do("create_deal", title="Kept", value=5, org_name="New company")
    gone = play.pipedrive_do("create_deal", title="Gone")
    play.pipedrive_do("delete_deal", id=gone["id"])
    play.pipedrive_do("create_field", entity="deal", name="Colour", kind="enum", options=["Red"])
    play.pipedrive_do("create_lead", title="A lead", amount=3, person_name="Grace Hopper")

    play.pipedrive_do("follow_deal", id=deal["id"], follower_id=2)

    again = restored(play)

    for name in ("users", "pipelines", "deals", "leads", "persons", "organizations"):
        assert again.pipedrive_state()[name] == play.pipedrive_state()[name]
    store, kept = play.pipedrive.store, again.pipedrive.store
    assert kept.custom_fields == store.custom_fields
    assert kept.lead_labels == store.lead_labels
    assert kept.followers == store.followers
    assert again.pipedrive_do("create_deal", title="Next")["id"] == gone["id"] + 1
    assert again.pipedrive_do("win_deal", id=deal["id"])["status"] == "won"


def test_webhooks_come_back_with_their_secrets_at_the_present_port(play: Playground) -> None:
    mine = play.pipedrive.register(f"{THEN}/webhooks/pipedrive/k", "pd", "s3cret")
    other = play.pipedrive.register("http://127.0.0.1:80011/elsewhere", "pd", "s3cret")
    play.pipedrive.subscriptions.remove(other.id)
    foreign = play.pipedrive.register("https://example.com/hook")

    again = restored(play, NOW)

    hooks = again.pipedrive.subscriptions.all
    assert set(hooks) == {mine.id, foreign.id}
    assert hooks[mine.id].url == f"{NOW}/webhooks/pipedrive/k"
    assert (hooks[mine.id].user, hooks[mine.id].password) == ("pd", "s3cret")
    assert hooks[foreign.id].url == "https://example.com/hook"
    assert again.pipedrive.register(f"{NOW}/x").id == foreign.id + 1
    assert [each.id for each in again.pipedrive.subscriptions.removed] == [other.id]


def test_tokens_come_back_and_the_first_one_is_not_issued_anew(play: Playground) -> None:
    oauth = play.pipedrive.oauth
    oauth.grant(1, REFRESH_TOKEN)
    oauth.uninstall()
    told = oauth.grant(2, "of-a-connection")

    again = restored(play)
    with again:
        assert again.pipedrive.oauth.user_of(told["access_token"]) == 2
        assert refreshed(again, "of-a-connection") == 200
        assert refreshed(again, REFRESH_TOKEN) == 400


def refreshed(play: Playground, token: str) -> int:
    oauth = play.pipedrive.oauth
    form = {"grant_type": "refresh_token", "refresh_token": token}
    client = (oauth.client_id, oauth.client_secret)
    asked = httpx.post(f"{play.pipedrive.url}/oauth/token", data=form, auth=client, trust_env=False)
    return asked.status_code


def test_what_a_stopped_app_did_not_take_is_sent_after_the_restart(play: Playground) -> None:
    with app_stub() as app:
        play.pipedrive.sender.time_scale = 0.001
        app_url = app.url
        hook = play.pipedrive.register("http://127.0.0.1:9/away")
        play.pipedrive.sender.start()
        play.pipedrive_do("win_deal", id=1)
        play.pipedrive.sender.rest()
        unsent = play.state()["pipedrive"]["unsent"]
        play.pipedrive.sender.close()
        assert [each["webhook"] for each in unsent] == [hook.id]
        assert 1 <= unsent[0]["attempt"] <= 1 + len(RETRY_AFTER_S)

        state: dict[str, Any] = json.loads(json.dumps(play.state()))
        state["pipedrive"]["webhooks"][0]["url"] = app_url
        again = new()
        again.restore(state)
        with again:
            assert again.pipedrive.sender.settle()
        assert len(app.seen) == 1


@pytest.mark.parametrize("part", ["origin", "chat", "pipedrive"])
def test_what_is_no_state_is_refused(play: Playground, part: str) -> None:
    state = play.state()
    del state[part]
    with pytest.raises(KeyError):
        new().restore(state)
