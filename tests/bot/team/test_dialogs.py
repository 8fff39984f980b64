"""The dialogs that invite and change a role keep what was typed, and say what is wrong."""

from __future__ import annotations

from sqlalchemy import select

from models.database.engine import Database
from models.tables import User
from tests.chat import ADA, CLEO, Chat, add_sales_rep


def number_of(database: Database, email: str) -> str:
    with database.reading_all() as session:
        return str(session.scalars(select(User.id).where(User.email == email)).one())


def test_an_invitation_is_filled_in_and_shown_again_where_it_is_wrong(chat: Chat, database: Database) -> None:
    empty = chat.open("team.invite")
    assert empty.values() == {"email": [], "role": ["sales_rep"]}
    again = chat.submit("team.add", {"email": ["zoe"], "role": ["manager"]})
    assert (again.how, again.values()) == ("dialog", {"email": ["zoe"], "role": ["manager"]})
    assert again.has("no e-mail address")
    done = chat.submit("team.add", {"email": ["zoe@acme.test"], "role": ["manager"]})
    assert (done.how, done.title) == ("update", "zoe@acme.test")
    assert chat.submit("team.add", {"email": [ADA["email"]], "role": ["viewer"]}).has("already")


def test_a_role_is_chosen_from_all_with_what_each_may(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_sales_rep(database, tenants[0])
    cleo, ada = number_of(database, CLEO["email"]), number_of(database, ADA["email"])
    form = chat.open("team.role", person=cleo)
    assert form.values() == {"role": ["sales_rep"]}
    assert form.has("manager: all rules and spaces")
    assert chat.submit("team.grant", {"role": ["viewer"]}, person=cleo).has("Now viewer.")
    refused = chat.submit("team.grant", {"role": ["viewer"]}, person=ada)
    assert (refused.how, refused.values()) == ("dialog", {"role": ["viewer"]})
    assert refused.has("only admin of your team")


def test_a_manager_is_typed_and_shown_again_where_nobody_is_called_so(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_sales_rep(database, tenants[0])
    cleo = number_of(database, CLEO["email"])
    assert chat.open("team.line", person=cleo).values() == {"manager": []}
    again = chat.submit("team.report", {"manager": ["zoe"]}, person=cleo)
    assert (again.how, again.values()) == ("dialog", {"manager": ["zoe"]})
    assert again.has("There is no person “zoe”")
    assert chat.submit("team.report", {"manager": [ADA["email"]]}, person=cleo).has("their manager now")
    assert chat.submit("team.report", {"manager": [""]}, person=cleo).has("Nobody now.")
