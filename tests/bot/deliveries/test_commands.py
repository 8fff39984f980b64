from models.database.engine import Database
from tests.bot.logged import create_deliveries, event_of
from tests.chat import BOB, BOLTS, Chat


def test_the_log_is_empty_at_first(chat: Chat) -> None:
    reply = chat.say("log")
    assert (reply.how, reply.title) == ("message", "What was sent")
    assert reply.has("Nothing was sent yet")


def test_a_failed_card_is_shown_with_all_one_wants_to_know(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    told = event_of(database, tenants[0], title="Acme renewal")
    create_deliveries(database, tenants[0], event_id=told)
    reply = chat.say("log failed")
    assert reply.title == "What failed"
    for said in (
        "Acme renewal: Deal won",
        "Failed · Deals · ",
        "Google did not answer · 11 attempts · Rule Wins of Acme",
    ):
        assert reply.has(said)
    assert set(reply.buttons()) == {"Retry", "All", "Held", "Left out", "Refresh"}


def test_states_narrow_and_tests_are_marked(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    create_deliveries(database, tenants[0], state="held", reason="held by quiet hours")
    create_deliveries(database, tenants[0], state="delivered", is_test=True, reason="", attempts=1)
    assert chat.say("log held").has("Held, leaves")
    assert not chat.say("log held").has("Sent · ")
    assert chat.say("log failed").has("Nothing failed")
    whole = chat.say("logs")
    assert whole.has("TEST · Deal won")
    assert whole.has("held by quiet hours")


def test_one_rule_is_asked_for_by_number_or_name(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    create_deliveries(database, tenants[0])
    create_deliveries(database, tenants[0], rule_id=None, rule_name="Gone")
    assert chat.say("log").has("Rule Gone")
    for said in ("log rule wins", "log failed rule Wins of Acme"):
        reply = chat.say(said)
        assert reply.has("Of the rule “Wins of Acme”, newest first")
        assert not reply.has("Rule Gone")
    assert chat.say("log rule nothing").title == "I could not find that"
    assert chat.say("log weather").title == "That does not fit"


def test_another_tenants_deliveries_are_never_shown(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    create_deliveries(database, tenants[1], reason="secret of Bolt")
    assert chat.say("log").has("Nothing was sent yet")
    assert Chat(chat.deps, chat.dialect, BOB, BOLTS).say("log").has("secret of Bolt")
    assert chat.say("log rule bolt").title == "I could not find that"
