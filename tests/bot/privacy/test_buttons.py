"""The buttons that encrypt and decrypt contact details: each undoes the other, and progress is told."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from models.clock import now
from models.database.engine import Database
from models.maintenance.encryption import Encryption, encrypt_some, get_encryption
from models.tables import IntakeForm, IntakeSubmission
from tests.chat import Chat, audit_of

PHONES: Final = ("+420 777 000 001", "+420 777 000 002", "+420 777 000 003")


def add_contacts(database: Database, tenant_id: int) -> None:
    with database.writing(tenant_id) as session:
        form = IntakeForm(tenant_id=tenant_id, name="Site", token_hash=f"h{tenant_id}", last_four="abcd")
        form.origins = []
        session.add(form)
        session.flush()
        session.add_all(
            IntakeSubmission(tenant_id=tenant_id, form_id=form.id, key=phone, phone=phone, title="Ten seats")
            for phone in PHONES
        )


def work_on(database: Database, tenant_id: int, least: int) -> Encryption:
    """Change rows, two at a time, until so many are done."""
    while True:
        with database.writing(tenant_id) as session:
            encrypt_some(session, tenant_id, now(), 2)
            found = get_encryption(session, tenant_id)
        if found.done >= least:
            return found


def plain_phones(database: Database, tenant_id: int) -> set[str]:
    with database.reading_all() as session:
        query = text("SELECT phone FROM intake_submissions WHERE tenant_id = :tenant")
        return set(session.scalars(query, {"tenant": tenant_id})) & set(PHONES)


def test_what_is_kept_is_encrypted_in_parts_and_the_card_says_how_far_that_is(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    for tenant_id in tenants:
        add_contacts(database, tenant_id)

    pressed = chat.click("privacy.encrypt", to="on")
    assert (pressed.how, pressed.title) == ("update", "Contact details are being encrypted")
    assert pressed.has("0 of 3 rows so far")
    work_on(database, tenants[0], 2)
    assert chat.click("privacy.progress").has("2 of 3 rows so far")
    assert chat.say("privacy").has("being encrypted: 2 of 3 rows")

    work_on(database, tenants[0], 3)
    while chat.click("privacy.progress").title != "Contact details are encrypted":
        work_on(database, tenants[0], 3)
    assert plain_phones(database, tenants[0]) == set()
    assert plain_phones(database, tenants[1]) == set(PHONES)


def test_the_opposite_button_decrypts_again(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    add_contacts(database, tenants[0])
    chat.click("privacy.encrypt", to="on")
    work_on(database, tenants[0], 3)

    undone = chat.click("privacy.encrypt", to="off")
    assert undone.title == "Contact details are being decrypted"
    assert chat.say("privacy").has("being decrypted: 0 of 4 rows"), (
        "the answer to the first press is kept, too"
    )
    work_on(database, tenants[0], 4)
    assert plain_phones(database, tenants[0]) == set(PHONES)


def test_a_repeated_press_acts_once(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    first, again = (chat.click("privacy.encrypt", to="on") for _ in range(2))

    assert first.title == again.title == "Contact details are being encrypted"
    entries = [what for _, what, _ in audit_of(database, tenants[0])]
    assert entries.count("contacts.encrypted") == 1
