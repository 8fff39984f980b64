import pytest

from bot import lookup
from bot.chat.interaction import ChatSpace, Dialect, Interaction, InteractionKind
from bot.context import BotDeps, Context
from models.accounts.actor import Actor
from models.accounts.rights import Action
from models.database.engine import Database
from models.errors import InvalidRequest, NotFound
from models.tables import Rule
from tests.chat import rule_of


def find_name(deps: BotDeps, tenant_id: int, *args: str) -> str:
    here = Interaction(InteractionKind.COMMAND, Dialect.CLASSIC, space=ChatSpace("spaces/ACME"))
    with deps.database.reading(tenant_id) as session:
        context = Context(
            here, Actor("x", tenant_id, role="admin"), session, tenant_id, deps, Action.RULE_READ
        )
        return lookup.find_rule(context, args).name


def test_a_number_a_name_or_a_part_of_it_is_enough(
    deps: BotDeps, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        session.add(Rule(tenant_id=tenants[0], name="Wins of Acme abroad", event_types=["deal.won"]))
    assert find_name(deps, tenants[0], "wins", "of", "ACME") == "Wins of Acme"
    assert find_name(deps, tenants[0], '"Wins', "of", 'Acme"') == "Wins of Acme"
    assert find_name(deps, tenants[0], "abroad") == "Wins of Acme abroad"
    assert find_name(deps, tenants[0], str(rule_of(database, tenants[0]).id)) == "Wins of Acme"
    with pytest.raises(InvalidRequest, match="Several fit") as several:
        find_name(deps, tenants[0], "wins")
    assert f"Wins of Acme (no. {rule_of(database, tenants[0]).id})" in several.value.user_message


def test_the_beginning_of_a_name_wins_over_a_part_in_the_middle(
    deps: BotDeps, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        session.add(Rule(tenant_id=tenants[0], name='Small "wins"', event_types=["deal.won"]))
    assert find_name(deps, tenants[0], "wins") == "Wins of Acme"
    assert find_name(deps, tenants[0], "small", "wins") == 'Small "wins"'


def test_a_name_that_is_a_number_needs_notice_apart_from_that_number(
    deps: BotDeps, database: Database, tenants: tuple[int, int]
) -> None:
    number = str(rule_of(database, tenants[0]).id)
    with database.writing_all() as session:
        session.add(Rule(tenant_id=tenants[0], name=number, event_types=["deal.won"]))
    assert find_name(deps, tenants[0], f"#{number}") == "Wins of Acme"
    with pytest.raises(InvalidRequest, match="Several fit"):
        find_name(deps, tenants[0], number)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Caf\u00e9 klienti", "Cafe\u0301 klienti"),
        ("Cafe\u0301 klienti", "CAF\u00c9 KLIENTI"),
        ("\u0130stanbul ofis", "istanbul ofis"),
        ("Big\u00a0deals", "big deals"),
        ("Bob\u2019s deals", "Bob's deals"),
        ('The "big" ones', "the big ones"),
        ("\u201eBig\u201c ones", '"Big" ones'),
    ],
)
def test_a_name_is_found_however_a_keyboard_writes_it(
    deps: BotDeps, database: Database, tenants: tuple[int, int], name: str, typed: str
) -> None:
    with database.writing_all() as session:
        session.add(Rule(tenant_id=tenants[0], name=name, event_types=["deal.won"]))
        session.add(Rule(tenant_id=tenants[1], name=name.upper(), event_types=["deal.won"]))

    assert find_name(deps, tenants[0], *typed.split()) == name
    assert find_name(deps, tenants[0], typed[:5]) == name


def test_of_names_alike_the_one_typed_exactly_is_meant(
    deps: BotDeps, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        for name in ("BOBS DEALS", "Bob's deals", "bobs deals"):
            session.add(Rule(tenant_id=tenants[0], name=name, event_types=["deal.won"]))

    assert find_name(deps, tenants[0], "Bob's", "deals") == "Bob's deals"
    assert find_name(deps, tenants[0], "bobs", "deals") == "bobs deals"


def test_an_unknown_name_is_answered_with_similar_ones(deps: BotDeps, tenants: tuple[int, int]) -> None:
    with pytest.raises(NotFound, match="There is no rule") as near:
        find_name(deps, tenants[0], "Winss of Acme")
    assert "Wins of Acme" in near.value.user_message
    with pytest.raises(InvalidRequest, match="Which rule"):
        find_name(deps, tenants[0])


@pytest.mark.parametrize("id", ["", "x", "-1", "9" * 30, "1; drop table rules"])
def test_an_invalid_id_finds_nothing(deps: BotDeps, tenants: tuple[int, int], id: str) -> None:
    with deps.database.reading(tenants[0]) as session:
        context = Context(
            Interaction(InteractionKind.CLICK, Dialect.CLASSIC),
            Actor("x", tenants[0], role="admin"),
            session,
            tenants[0],
            deps,
            Action.RULE_READ,
        )
        assert lookup.rule_by_id(context, id) is None
        assert lookup.destination_by_id(context, id) is None
