"""Secrets planted everywhere are found nowhere: in no log, error, figure, table, backup and file."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from models.tables import Attempt, Delivery
from tests.browsers import Browser, Firm, new_firm, said_in
from tests.customers import DOOR, Customer, new_customer
from tests.scenarios.canary.planted import Canaries, sealed_secrets, texts_of_database, texts_of_redis
from tests.stack import Stack, free_port, wait_until

ADMIN = "ada@example.com"
WITHIN_S = 40.0
TITLE = "Lamps for a canary"
NO_SECRET = "Wins of a canary"  # it stands where it belongs: who looks there finds it


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


@pytest.fixture
def product(tmp_path: Path, canaries: Canaries) -> Iterator[Stack]:
    """The product with the most verbose log; mail and outgoing webhooks go where nobody listens."""
    mail = f"smtp://post:{canaries.plant('mail password')}@127.0.0.1:{free_port()}"
    env = {
        "SMTP_URL": mail,
        "MAIL_FROM": "us@example.com",
        "METRICS_TOKEN": canaries.plant("metrics token"),
        "SECRET_KEY": canaries.plant("secret key") * 2,
        "WEBHOOK_ALLOWED_RANGES": "127.0.0.0/8",
        "LOG_LEVEL": "debug",
    }
    with Stack(tmp_path, **env) as stack:
        canaries.keep("Pipedrive's client secret", stack.env["PIPEDRIVE_CLIENT_SECRET"])
        canaries.keep("Google's client secret", stack.env["GOOGLE_CLIENT_SECRET"])
        canaries.keep("encryption key", stack.env["ENCRYPTION_KEYS"].partition(":")[2])
        stack.start_web()
        stack.start_worker()
        yield stack


def use_everything(stack: Stack, canaries: Canaries) -> Customer:
    team = new_customer(stack)
    load_secrets(stack, canaries, team)
    post_webhooks(stack, canaries, team)
    connect_pipedrive(stack, canaries, new_firm(stack))
    call_rest(stack, canaries, team)
    browse(stack, canaries)
    speak_in_chat(stack, canaries, team)
    return team


def load_secrets(stack: Stack, canaries: Canaries, team: Customer) -> None:
    """Bring secrets in by a document, and by one that is refused."""
    url = "https://chat.googleapis.com/v1/spaces/%s/messages?key=%s&token=%s"
    token, key = canaries.plant("incoming webhook token"), canaries.plant("incoming webhook key")
    signing_key = "whsec_" + base64.b64encode(canaries.plant("seed of a signing key")[:24].encode()).decode()
    canaries.keep("signing key of a webhook", signing_key)
    hook = f"https://127.0.0.1:{free_port()}/hook"
    places = [
        {"name": "Wall", "incoming_webhook": url % ("WALL", key, token)},
        {"name": "Program", "webhook": hook, "secret": signing_key},
        {"name": "Mail", "email": "team@example.com"},
    ]
    to = [*team.spaces, "Wall", "Program", "Mail"]
    rules = [{"name": NO_SECRET, "on": "deal.won", "to": to}]
    connection = {"refresh_token": canaries.plant("refresh token of a document")}
    document = team.document(rules, destinations=places, users=[{"email": ADMIN, "role": "admin"}])
    document["pipedrive"] |= {"connection": connection}
    stack.load(document)
    bad = {"name": "Bad", "incoming_webhook": canaries.plant("refused address")}
    refused = stack.load_refused(document | {"destinations": [bad]})
    canaries.answers.append(("a refused document", refused))


def post_webhooks(stack: Stack, canaries: Canaries, team: Customer) -> None:
    """Webhooks that are taken, and such with another password, with another key, and with a broken body."""
    assert team.post(team.won(TITLE)).is_success
    wrong = ("pd", canaries.plant("wrong webhook password"))
    path = f"{DOOR}/{team.key}"
    canaries.note("a webhook with a wrong password", stack.http.post(path, json={}, auth=wrong))
    guess = f"{DOOR}/{canaries.plant('guessed key of a webhook')}"
    canaries.note("a webhook of nobody", stack.http.post(guess, json={}, auth=("pd", "x" * 20)))
    broken = b'{"password": "' + canaries.plant("broken webhook body").encode()
    canaries.note("a broken webhook", stack.http.post(path, content=broken, auth=wrong))


def connect_pipedrive(stack: Stack, canaries: Canaries, firm: Firm) -> None:
    """Consent at Pipedrive; then once more with its used code, and with a forged one."""
    with Browser(stack) as boss:
        boss.sign_in(firm.boss)
        canaries.keep("session cookie", boss.cookies["session"])
        address = boss.ask()
        canaries.keep("OAuth state", said_in(address, "state"))
        back = firm.allows(address)
        canaries.keep("OAuth code", said_in(back, "code"))
        boss.get(back)
        again = canaries.note("a used OAuth code", boss.get(back))
        assert again.status_code >= 400
        forged = f"/api/v1/oauth/callback?code={canaries.plant('forged code')}&state=x"
        canaries.note("a forged OAuth code", boss.get(forged))
        wait_until(lambda: firm.state() == "connected", WITHIN_S, "the connection")


def call_rest(stack: Stack, canaries: Canaries, team: Customer) -> None:
    """Tokens of every kind, right and wrong."""
    token = stack.run("-m", "models", "token", team.name, ADMIN).stdout.strip()
    canaries.keep("token of a program", token)
    made = stack.http.post("/api/v1/auth/token", json={"token": token}).json()
    for kind in ("access_token", "refresh_token"):
        canaries.keep(kind, made[kind])
    bearer = {"Authorization": f"Bearer {made['access_token']}"}
    for path in ("rules", "logs", "webhooks", "audit", "users"):
        canaries.note(path, stack.http.get(f"/api/v1/admin/{path}", headers=bearer))
    wrong = {"Authorization": f"Bearer {canaries.plant('wrong bearer')}"}
    canaries.note("a wrong bearer", stack.http.get("/api/v1/admin/rules", headers=wrong))
    body = {"token": canaries.plant("wrong token")}
    canaries.note("a wrong token", stack.http.post("/api/v1/auth/token", json=body))
    query = f"/api/v1/admin/rules?access_token={canaries.plant('token in an address')}"
    canaries.note("a token in an address", stack.http.get(query, headers=bearer))
    secret = {"name": "X", "url": canaries.plant("refused address of REST")}
    answer = stack.http.post("/api/v1/admin/webhooks", json=secret, headers=bearer)
    assert answer.status_code == 400
    canaries.note("a refused address", answer)


def browse(stack: Stack, canaries: Canaries) -> None:
    """Pages of an admin, and addresses and cookies with secrets that are wrong."""
    with Browser(stack) as ada:
        ada.sign_in(ADMIN)
        canaries.keep("session cookie of the admin", ada.cookies["session"])
        for path in ("", "/rules", "/destinations", "/people", "/people/1", "/access", "/audit", "/data"):
            canaries.note(f"/admin{path}", ada.get(f"/admin{path}"))
        canaries.note("the file of a team", ada.press("/admin/data/export", on="/admin/data"))
        made = ada.press("/admin/access/token", on="/admin/access", name="x", days="3", scope="read:rules")
        shown = made.text.split("<code>")[1].split("</code>")[0]
        canaries.keep("token made on a page", shown)
        canaries.note("the tokens later", ada.get("/admin/access"))
    with httpx.Client(base_url=stack.url, trust_env=False, headers={"Accept": "text/html"}) as stranger:
        stranger.cookies.set("session", canaries.plant("forged cookie"))
        canaries.note("a forged cookie", stranger.get("/admin"))
        canaries.note("a wrong link", stranger.get(f"/connect/{canaries.plant('wrong link')}"))
        canaries.note("a wrong page", stranger.get(f"/nothing?code={canaries.plant('code of a wrong page')}"))
        forged = {"csrf": canaries.plant("forged form token")}
        canaries.note("a forged form", stranger.post("/admin/people/invite", data=forged))
        google = {"Authorization": f"Bearer {canaries.plant('forged token of Google')}"}
        canaries.note("a forged interaction", stranger.post("/chat/events", json={}, headers=google))


def speak_in_chat(stack: Stack, canaries: Canaries, team: Customer) -> None:
    """What Chat shows once, privately: links to connect, and a token."""
    chat, space = stack.play.chat.client, team.spaces[0]
    for words, where in (("connect me", "/connect/"), ("token new canary", "pn_")):
        said = json.dumps(chat.say(space, "users/1001", f"/pipenotify {words}").message)
        assert where in said, said[:500]
        secret = re.split(r"[^\w-]", said.split(where)[1])[0]
        canaries.keep(f"what {words!r} showed", secret)


def places(stack: Stack, team: Customer) -> Iterator[tuple[str, str]]:
    """Yield everything that is kept or written, as text, with the words for where."""
    yield "the log", stack.logs()
    metrics = {"Authorization": f"Bearer {stack.env['METRICS_TOKEN']}"}
    yield "/metrics", stack.http.get("/metrics", headers=metrics).text
    backup = stack.folder / "copy.backup"
    for arguments in (("backup", str(backup)), ("export", team.name), ("dump", team.name)):
        done = stack.run("-m", "models", *arguments)
        yield f"python -m models {arguments[0]}", done.stdout + done.stderr
    yield "the bytes of a backup", backup.read_bytes().decode("latin-1")
    yield from texts_of_database(str(stack.folder / "pipenotify.db"))
    yield from texts_of_redis(stack)


def tried(stack: Stack) -> set[int | None]:
    """Return the destinations to which a card was tried."""
    with stack.database.reading_all() as session:
        query = select(Delivery.destination_id).join(Attempt.delivery)
        return set(session.scalars(query))


def test_no_secret_leaves_the_place_where_it_belongs(product: Stack, canaries: Canaries) -> None:
    team = use_everything(product, canaries)
    team.wait_for_cards(1)
    wait_until(lambda: len(tried(product)) >= 4, WITHIN_S, "attempts to all destinations")
    for name, secret in sealed_secrets(product.database):
        if len(secret) >= 12 and not secret.startswith("pass:"):
            canaries.keep(name, secret)

    looked_at = [*places(product, team), *canaries.answers]
    leaks = [(where, found) for where, text in looked_at for found in canaries.found_in(text)]
    seen = {where for where, text in looked_at if NO_SECRET in text}

    letters = sum(len(text) for _, text in looked_at)
    print(f"{len(canaries.secrets)} secrets, {len(looked_at)} places, {letters:,} letters")
    assert len(canaries.secrets) > 25
    assert leaks == []
    log = dict(looked_at)["the log"]
    assert [words for words in (ADMIN, "team@example.com", TITLE) if words in log] == []
    assert {"table rules", "python -m models export", "the bytes of a backup", "the answer to rules"} <= seen
