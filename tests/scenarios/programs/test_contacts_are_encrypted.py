"""A team lets its contact details be encrypted: all goes on as before, and its database tells nobody."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import make_url

from tests.customers import Customer, headings, new_customer
from tests.invariants import hold, settle
from tests.models.maintenance.encrypting import give_keys
from tests.models.maintenance.test_nothing_is_left import dump, lines_with
from tests.stack import KEY, Stack, wait_until

WITHIN_S = 30.0
PHONE = "+49 151 5550199"


def mail_of(customer: Customer) -> str:
    return f"jana.{customer.key}@initech.test"


def phone_of(customer: Customer) -> str:
    return f"{PHONE}{customer.key.rpartition('-')[2]}"


class Api:
    """REST as an admin of a customer asks for it."""

    def __init__(self, customer: Customer) -> None:
        email = f"ada@{customer.key}.example"
        new = {"name": "New people", "on": "person.created", "to": customer.spaces}
        customer.load([new], users=[{"email": email, "role": "admin"}])
        token = customer.stack.run("-m", "models", "token", customer.name, email).stdout.strip()
        head = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=f"{customer.stack.url}/api/v1", headers=head, timeout=WITHIN_S)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._client.request(method, path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()["data"]


def fill(customer: Customer, api: Api) -> None:
    """Let a webhook, a form and a program tell of the same person."""
    emails = [{"value": mail_of(customer), "primary": True}]
    phones = [{"value": phone_of(customer), "primary": True}]
    data = {"id": 8, "name": "Jana", "emails": emails, "phones": phones}
    assert customer.post(customer.body("create", "person", data=data)).status_code == 200
    made = api.ask("POST", "/admin/intake-forms", {"name": "Site"})
    entered = {"name": "Jana", "email": mail_of(customer), "phone": phone_of(customer), "title": "Ten seats"}
    assert customer.stack.http.post(f"/api/v1/intake/{made['token']}", json=entered).is_success
    settle(customer)


def files_of(stack: Stack) -> bytes:
    """What the files of the database hold, whatever of it is still in use; nothing on PostgreSQL."""
    if not stack.database.is_sqlite:
        return b""
    file = Path(str(make_url(stack.database.engine.url).database))
    return b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*") if each.is_file())


def readable(customer: Customer) -> set[str]:
    """Which of a customer's secrets stand readable in the database."""
    lines, files = dump(customer.stack.database), files_of(customer.stack)
    secrets = (mail_of(customer), phone_of(customer))
    return {each for each in secrets if lines_with(lines, each) or each.encode() in files}


def test_nobody_reads_in_the_database_how_people_are_reached(stack: Stack) -> None:
    ours, theirs = new_customer(stack), new_customer(stack)
    apis = [Api(each) for each in (ours, theirs)]
    assert apis[0].ask("PUT", "/admin/encryption", {"contact_details": True})["contact_details"] is True
    for customer, api in zip((ours, theirs), apis, strict=True):
        fill(customer, api)
    for customer, api in zip((ours, theirs), apis, strict=True):
        assert headings(customer.cards()) == ["Jana"]
        (entered,) = api.ask("GET", "/admin/intake-submissions")
        assert (entered["email"], entered["phone"]) == (mail_of(customer), phone_of(customer))
    assert (readable(ours), len(readable(theirs))) == (set(), 2)
    give_keys(stack.database, {"k1": KEY})  # to read bodies as the processes do
    hold(ours, theirs)


def test_what_was_there_before_is_encrypted_too_and_can_be_read_again(stack: Stack) -> None:
    customer = new_customer(stack)
    api = Api(customer)
    fill(customer, api)
    shown = [lines_with(dump(stack.database), secret) for secret in (mail_of(customer), phone_of(customer))]
    assert all(shown)

    def is_over() -> bool:
        time.sleep(1)  # REST answers a hundred requests a minute
        return not api.ask("GET", "/admin/encryption")["under_way"]

    api.ask("PUT", "/admin/encryption", {"contact_details": True})
    wait_until(is_over, WITHIN_S, "all rows encrypted")
    lines = dump(stack.database)
    assert lines_with(lines, mail_of(customer)) + lines_with(lines, phone_of(customer)) == []
    api.ask("PUT", "/admin/encryption", {"contact_details": False})
    wait_until(is_over, WITHIN_S, "all rows decrypted")
    again = [lines_with(dump(stack.database), secret) for secret in (mail_of(customer), phone_of(customer))]
    assert [len(each) for each in again] == [len(each) for each in shown]
