"""What is stored about people at their first message in Chat."""

import pytest

from models.accounts.actions import remember_chat_name
from models.accounts.queries import actor_in_chat
from models.database.engine import Database
from tests.chat import two_tenants


@pytest.mark.parametrize("space", ["spaces/DM", "spaces/NEW"])
def test_a_user_is_known_by_chat_name_once_seen_with_the_email(database: Database, space: str) -> None:
    ours, theirs = two_tenants(database)
    with database.reading_all() as session:
        ada = actor_in_chat(session, "ada@acme.test", "users/1", space, is_dm=True)
    assert (ada.tenant_id, ada.chat_name) == (ours, None)

    with database.writing(ours) as session:
        remember_chat_name(session, ada, "users/1", "Ada Lovelace")

    with database.reading_all() as session:
        nameless = actor_in_chat(session, "", "users/1", space, is_dm=True)
        elsewhere = actor_in_chat(session, "", "users/1", "spaces/BOLT", is_dm=False)
    assert (nameless.tenant_id, nameless.user_id, nameless.chat_name) == (ours, ada.user_id, "users/1")
    assert (elsewhere.tenant_id, elsewhere.user_id) == (theirs, None)
