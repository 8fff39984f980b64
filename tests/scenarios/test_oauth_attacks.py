"""Attacks on connecting, over real HTTP: two companies, two people, two browsers; and what each gains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.browsers import CALLBACK, CONFIRM, START, Browser, Firm, altered, new_firm, said_in
from tests.stack import Stack


@dataclass
class OutgoingMessage:
    """Vera connects her firm in her browser; Mallory, of another firm, attacks from another one."""

    stack: Stack
    firm: Firm
    other: Firm
    vera: Browser
    mallory: Browser

    def asked(self) -> int:
        """How often Pipedrive's token endpoint was called."""
        return sum(path == "/oauth/token" for _, path, _ in self.stack.play.pipedrive.requests)

    def marketplace(self, firm: Firm) -> str:
        callback = f"{self.stack.url}{CALLBACK}"
        return self.stack.play.pipedrive.oauth.install_from_marketplace(
            callback, company_id=firm.crm.id, user_id=1
        )


@pytest.fixture
def scene(stack: Stack) -> Iterator[OutgoingMessage]:
    firm, other = new_firm(stack), new_firm(stack)
    with Browser(stack) as vera, Browser(stack) as mallory:
        vera.sign_in(firm.boss)
        mallory.sign_in(other.boss)
        yield OutgoingMessage(stack, firm, other, vera, mallory)


def refused(answer: httpx.Response, words: str) -> None:
    """The response is a page with the refusal and a link to start again."""
    assert (answer.status_code, words in answer.text) == (400, True), answer.text[:3000]
    assert "Start again" in answer.text


def test_a_callback_that_is_replayed_does_nothing_more(scene: OutgoingMessage) -> None:
    back = scene.firm.allows(scene.vera.ask())
    assert scene.vera.get(back).status_code == 303
    before, asked = scene.firm.connection(), scene.asked()
    for browser in (scene.vera, scene.mallory):
        refused(browser.get(back), "was used already")
    after = scene.firm.connection()
    assert before is not None
    assert after is not None
    assert (after.state, after.refresh_token) == ("connected", before.refresh_token)
    assert scene.asked() == asked


def test_a_used_code_with_a_fresh_state_is_no_use(scene: OutgoingMessage) -> None:
    back = scene.firm.allows(scene.vera.ask())
    scene.vera.get(back)
    fresh = said_in(scene.mallory.ask(), "state")
    refused(scene.mallory.get(altered(back, state=fresh)), "good once")
    assert scene.firm.state() == "connected"
    assert scene.other.connection() is None


def test_a_state_that_nobody_gave_out_opens_nothing(scene: OutgoingMessage) -> None:
    asked = scene.asked()
    back = scene.firm.allows(scene.vera.ask())
    for state in ("guessed", said_in(back, "state")[:-1], "x" * 3000, "'; DROP TABLE oauth_flows;--", "\0"):
        refused(scene.vera.get(altered(back, state=state)), "nobody here asked")
    assert scene.asked() == asked
    assert scene.vera.get(back).status_code == 303  # her consent is still valid


def test_the_callback_of_another_browser_is_refused_and_stays_good_in_its_own(scene: OutgoingMessage) -> None:
    back = scene.firm.allows(scene.vera.ask())
    refused(scene.mallory.get(back), "another browser")
    assert scene.firm.connection() is None
    assert scene.vera.get(back).status_code == 303


def test_an_attackers_finished_consent_does_not_reach_the_victims_team(scene: OutgoingMessage) -> None:
    """Login CSRF with the attacker's state and code."""
    back = scene.other.allows(scene.mallory.ask())
    refused(scene.vera.get(back), "another browser")
    assert scene.other.connection() is None


def test_an_attackers_code_without_a_state_only_reaches_a_question(scene: OutgoingMessage) -> None:
    """Login CSRF as an install from the Marketplace: the victim is asked to confirm, with an explanation."""
    asked = scene.asked()
    answer = scene.vera.get(scene.marketplace(scene.other))
    assert answer.status_code == 303
    page = scene.vera.get(answer.headers["location"])
    assert scene.firm.boss in page.text
    assert "do not go on" in page.text
    assert scene.asked() == asked
    assert scene.other.connection() is None
    # No other site can press the button for her, and the handle is useless in the attacker's browser.
    handle = said_in(answer.headers["location"], "install")
    forged = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    said = {"install": handle, "team": ""}
    assert scene.vera.post(CONFIRM, data=said, headers=forged).status_code == 403
    refused(scene.mallory.press(CONFIRM, f"{CONFIRM}?install={handle}", **said), "another browser")
    assert scene.other.connection() is None


def test_whoever_is_signed_in_later_does_not_inherit_a_consent(scene: OutgoingMessage) -> None:
    back = scene.firm.allows(scene.vera.ask())
    scene.vera.sign_out()
    scene.vera.sign_in(scene.firm.rep)
    refused(scene.vera.get(back), "Somebody else began this")
    assert scene.firm.connection() is None


def test_whoever_is_signed_in_later_does_not_inherit_a_kept_code(scene: OutgoingMessage) -> None:
    back = scene.firm.allows(scene.vera.ask())
    scene.vera.sign_out()
    kept = said_in(scene.vera.get(back).headers["location"], "next")
    scene.vera.sign_in(scene.firm.rep)
    said = {"install": said_in(kept, "install"), "team": ""}
    refused(scene.vera.press(CONFIRM, kept, **said), "Somebody else began this")
    assert scene.firm.connection() is None


def test_a_stolen_code_fails_with_another_verifier(scene: OutgoingMessage) -> None:
    """Code injection: the code belongs to the challenge of the victim's consent."""
    stolen = said_in(scene.firm.allows(scene.vera.ask()), "code")
    own = said_in(scene.mallory.ask(), "state")
    refused(scene.mallory.get(f"{CALLBACK}?code={stolen}&state={own}"), "good once")
    assert scene.firm.connection() is None
    # Nor as an install, which has no verifier at all.
    kept = scene.mallory.get(f"{CALLBACK}?code={stolen}").headers["location"]
    said = {"install": said_in(kept, "install"), "team": ""}
    refused(scene.mallory.press(CONFIRM, kept, **said), "good once")
    assert scene.firm.connection() is None


def test_with_the_challenge_stripped_on_the_way_the_state_still_binds_the_browser(
    scene: OutgoingMessage,
) -> None:
    """PKCE downgrade: Pipedrive then ignores the verifier we send, as its guide does not promise PKCE."""
    stripped = scene.vera.ask(code_challenge="", code_challenge_method="")
    back = scene.firm.allows(stripped)
    refused(scene.mallory.get(back), "another browser")
    assert scene.vera.get(back).status_code == 303
    assert scene.firm.state() == "connected"


def test_a_plain_challenge_is_not_to_be_had(scene: OutgoingMessage) -> None:
    address = scene.vera.ask()
    assert said_in(address, "code_challenge_method") == "S256"
    plain = httpx.get(altered(address, code_challenge_method="plain"), trust_env=False)
    assert plain.status_code == 400


def test_a_stranger_with_another_firms_consent_does_not_get_into_its_team(scene: OutgoingMessage) -> None:
    """Mallory works there too, as a seller, and consents with an account of that company."""
    scene.firm.connect(scene.vera)
    before = scene.firm.connection()
    answer = scene.mallory.get(scene.firm.allows(scene.mallory.ask(), user=2))
    assert answer.status_code == 403
    assert "Ask an admin there to add you" in answer.text
    assert scene.firm.boss not in answer.text
    after = scene.firm.connection()
    assert before is not None
    assert after is not None
    assert (after.tenant_id, after.connected_by, after.refresh_token) == (
        before.tenant_id,
        scene.firm.boss,
        before.refresh_token,
    )


def test_two_consents_at_once_do_not_mix_their_companies(scene: OutgoingMessage) -> None:
    ours, theirs = scene.firm.allows(scene.vera.ask()), scene.other.allows(scene.mallory.ask())
    swapped = altered(ours, code=said_in(theirs, "code"))
    refused(scene.vera.get(swapped), "good once")
    assert scene.mallory.get(theirs).status_code == 303
    assert scene.firm.connect(scene.vera).status_code == 303
    rows = [scene.firm.connection(), scene.other.connection()]
    assert [row.connected_by for row in rows if row] == [scene.firm.boss, scene.other.boss]
    assert len({row.tenant_id for row in rows if row}) == 2


@pytest.mark.parametrize("name", ["next", "return_to", "redirect_uri", "redirect"])
def test_no_address_leads_out_of_here(scene: OutgoingMessage, name: str) -> None:
    evil = "https://evil.example/"
    address = scene.vera.ask(f"{START}?{name}={evil}")
    assert said_in(address, "redirect_uri") == f"{scene.stack.url}{CALLBACK}"
    back = altered(scene.firm.allows(address), **{name: evil})
    answer = scene.vera.get(back)
    assert answer.headers["location"].startswith("/setup?")
    assert "evil" not in answer.headers["location"]


def test_a_forged_host_does_not_move_the_callback(scene: OutgoingMessage) -> None:
    forged = scene.vera.get(START, headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil"})
    assert said_in(forged.headers["location"], "redirect_uri") == f"{scene.stack.url}{CALLBACK}"
    assert scene.vera.get(START, headers={"Host": "evil.example"}).status_code == 400


def test_an_uninstall_by_a_stranger_ends_nothing(scene: OutgoingMessage) -> None:
    scene.firm.connect(scene.vera)
    told = {"client_id": "playground-client", "company_id": scene.firm.crm.id, "user_id": 1}
    for auth in (None, ("playground-client", "guessed"), ("", "")):
        answer = httpx.request(
            "DELETE", f"{scene.stack.url}{CALLBACK}", json=told, auth=auth, trust_env=False
        )
        assert answer.status_code == 401
    assert scene.vera.delete(START).status_code == 403
    assert scene.firm.state() == "connected"


@pytest.mark.parametrize("skew_s", [600.0, -600.0])
def test_ten_minutes_between_the_clocks_do_no_harm(scene: OutgoingMessage, skew_s: float) -> None:
    scene.stack.play.pipedrive.oauth.skew_s = skew_s
    try:
        assert scene.firm.connect(scene.vera).status_code == 303
    finally:
        scene.stack.play.pipedrive.oauth.skew_s = 0.0
    assert scene.firm.state() == "connected"


def test_no_code_state_or_token_gets_into_the_logs(scene: OutgoingMessage) -> None:
    back = scene.firm.allows(scene.vera.ask())
    scene.mallory.get(back)
    scene.vera.get(back)
    kept = scene.mallory.get(scene.marketplace(scene.other)).headers["location"]
    scene.mallory.press(CONFIRM, kept, install=said_in(kept, "install"), team="")
    secrets = [said_in(back, "code"), said_in(back, "state"), said_in(kept, "install")]
    secrets += [*scene.stack.play.pipedrive.oauth._refresh, *scene.stack.play.pipedrive.oauth._access]
    logs = scene.stack.logs()
    assert "pipedrive.connected" in logs
    assert [secret for secret in secrets if secret in logs] == []
