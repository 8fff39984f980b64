"""What is said of contact details: what was chosen, how far it is, in the reader's language."""

from __future__ import annotations

import pytest

from bot.privacy.show import encryption_text
from models.database.engine import Database
from models.maintenance.encryption import Encryption
from tests.chat import CLEO, Chat, add_sales_rep


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (Encryption(), "not encrypted"),
        (Encryption(is_on=True, done=4, total=4), "encrypted"),
        (
            Encryption(is_on=True, done=1200, total=12500, is_over=False),
            "being encrypted: 1,200 of 12,500 rows",
        ),
        (Encryption(done=0, total=1, is_over=False), "being decrypted: 0 of 1 rows"),
    ],
)
def test_each_state_has_its_words(found: Encryption, text: str) -> None:
    assert encryption_text(found) == text


def test_who_may_not_change_it_reads_how_far_it_is_without_the_button(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_sales_rep(database, tenants[0])
    cleo = Chat(chat.deps, chat.dialect, user=CLEO)
    chat.say("privacy encrypt on")

    reply = cleo.click("privacy.progress")
    assert reply.title == "Contact details are being encrypted"
    assert set(reply.buttons()) == {"How far is it?"}
    assert set(chat.click("privacy.progress").buttons()) == {"How far is it?", "Decrypt contact details"}


def test_the_card_speaks_the_language_of_its_reader(chat: Chat) -> None:
    chat.locale = "de"

    assert chat.say("datenschutz").has("nicht verschlüsselt")
    assert chat.say("datenschutz verschlüsseln an").title == "Kontaktdaten werden verschlüsselt"
