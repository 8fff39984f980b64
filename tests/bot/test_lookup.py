import pytest

from bot import lookup
from bot.callers import Caller
from bot.chat.interaction import Dialect, Interaction, Kind, Place
from bot.context import Backing, Context
from models.database.engine import Database
from models.errors import NotFound, Refused
from models.tables import Rule
from tests.chat import rule_of


def found(backing: Backing, tenant_id: int, *said: str) -> str:
    here = Interaction(Kind.COMMAND, Dialect.CLASSIC, space=Place("spaces/ACME"))
    with backing.database.reading(tenant_id) as session:
        context = Context(here, Caller("x"), session, tenant_id, backing)
        return lookup.rule(context, said).name


def test_a_number_a_name_or_a_part_of_it_is_enough(
    backing: Backing, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        session.add(Rule(tenant_id=tenants[0], name="Wins of Acme abroad", event_types=["deal.won"]))
    assert found(backing, tenants[0], "wins", "of", "ACME") == "Wins of Acme"
    assert found(backing, tenants[0], "abroad") == "Wins of Acme abroad"
    assert found(backing, tenants[0], str(rule_of(database, tenants[0]).id)) == "Wins of Acme"
    with pytest.raises(Refused, match="Several fit"):
        found(backing, tenants[0], "wins")


def test_what_is_not_there_is_answered_by_what_is_near(backing: Backing, tenants: tuple[int, int]) -> None:
    with pytest.raises(NotFound, match="There is no rule") as near:
        found(backing, tenants[0], "Winss of Acme")
    assert "Wins of Acme" in near.value.told
    with pytest.raises(Refused, match="Which rule"):
        found(backing, tenants[0])


@pytest.mark.parametrize("id", ["", "x", "-1", "9" * 30, "1; drop table rules"])
def test_what_is_no_number_finds_nothing(backing: Backing, tenants: tuple[int, int], id: str) -> None:
    with backing.database.reading(tenants[0]) as session:
        context = Context(Interaction(Kind.CLICK, Dialect.CLASSIC), Caller("x"), session, tenants[0], backing)
        assert lookup.rule_by_id(context, id) is None
        assert lookup.destination_by_id(context, id) is None
