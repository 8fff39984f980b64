import pytest
from sqlalchemy import select, update

from models.database.engine import Database
from models.tables import Delivery, Rule, User
from tests.chat import BOB, BOLTS, Chat, audit_of, rule_of


def test_rules_are_listed_with_their_events_and_destinations(chat: Chat) -> None:
    reply = chat.say("rules")
    assert reply.title == "Rules"
    assert reply.has("Wins of Acme")
    assert reply.has("Post to Deals")
    assert reply.viewer == "users/1"


def add_rules(database: Database, tenant_id: int, count: int) -> None:
    with database.writing_all() as session:
        for number in range(count):
            session.add(
                Rule(
                    tenant_id=tenant_id,
                    name=f"Rule {number:03}",
                    event_types=["deal.*"],
                    is_enabled=number % 2 == 0,
                )
            )


def test_active_and_paused_rules_are_all_rules(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_rules(database, tenants[0], 6)
    names = {f"Rule {number:03}" for number in range(6)} | {"Wins of Acme"}

    def listed(text: str) -> set[str]:
        reply = chat.say(text)
        return {name for name in names if reply.has(name)}

    on, off = listed("rule list active"), listed("rule list paused")
    assert on & off == set()
    assert on | off == listed("rule list") == names
    assert off == {"Rule 001", "Rule 003", "Rule 005"}


@pytest.mark.parametrize("text", ["rule list WON", "rule won", "rules list won de"])
def test_a_word_finds_rules_by_their_names_in_any_case(
    chat: Chat, database: Database, tenants: tuple[int, int], text: str
) -> None:
    with database.writing_all() as session:
        session.add(Rule(tenant_id=tenants[0], name="Big won deals", event_types=["deal.won"]))
    reply = chat.say(text)
    assert reply.has("Big won deals")
    assert not reply.has("Wins of Acme")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rule list nothing at all", "No rule has “nothing at all” in its name."),
        ("rule list Winz of Acme", "Did you mean Wins of Acme?"),
        ("rule list paused", "There is no rule that is off."),
        ("rule list off wins", "No rule that is off has “wins” in its name."),
        ("rule juggle Wins of Acme", "“juggle” is nothing that can be done with a rule."),
        (
            "rule juggle wins",
            "There is show, edit, on, off, clone, test, backtest, delete, new, bulk, export and",
        ),
    ],
)
def test_a_search_without_a_result_says_so_and_offers_the_list(chat: Chat, text: str, says: str) -> None:
    reply = chat.say(text)
    assert reply.has(says)
    assert not reply.has("No rules yet")
    assert chat.click(**reply.buttons()["All rules"]).has("Wins of Acme")


@pytest.mark.parametrize("text", ["rule list Winz of Acme", "rule juggle wins"])
def test_the_rule_that_was_meant_is_one_press_away(chat: Chat, text: str) -> None:
    shown = chat.click(**chat.say(text).buttons()["Wins of Acme"])
    assert (shown.how, shown.title) == ("update", "Wins of Acme")


@pytest.mark.parametrize("text", ["rule show Winz of Acme", "rules show winsofacme"])
def test_a_command_with_a_mistyped_name_is_done_by_a_press(chat: Chat, text: str) -> None:
    asked = chat.say(text)
    assert asked.has("Did you mean Wins of Acme?")
    assert chat.click(**asked.buttons()["Wins of Acme"]).title == "Wins of Acme"


def test_a_change_with_a_mistyped_name_is_done_once_by_a_press(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    button = chat.say("rule off Winz of Acme").buttons()["Wins of Acme"]
    for _ in range(2):
        assert chat.click(**button, at="2026-11-20T12:00:00Z").has("Off: nothing is sent")
    assert [act for _, act, _ in audit_of(database, tenants[0])] == ["rule.switched"]


def test_no_rules_yet_is_said_only_when_there_are_none(chat: Chat) -> None:
    chat.click(**chat.say("rule delete wins").buttons()["Delete"])
    reply = chat.say("rule list won")
    assert reply.has("No rules yet. Make the first one.")
    assert reply.buttons()["New rule"] == {"do": "rule.new"}


def test_the_rules_of_this_space_are_listed(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    add_rules(database, tenants[0], 2)
    reply = chat.say("rule list here")
    assert reply.has("Wins of Acme")
    assert not reply.has("Rule 000")


def test_rule_edit_leads_to_the_dialog_of_the_rule(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    shown = chat.say("rule edit Wins of Acme")
    assert shown.title == "Wins of Acme"
    form = chat.open(**shown.buttons()["Edit"])
    assert (form.title, form.values()["name"]) == ("Edit rule", ["Wins of Acme"])
    assert chat.say("rule edit", isDialogEvent=True, dialogEventType="REQUEST_DIALOG").has("Which rule?")


def test_the_numbers_of_the_list_name_the_rules(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    number = rule_of(database, tenants[0]).id
    assert chat.say("rule list").has(f"No. {number}")
    for typed in (str(number), f"#{number}", f"no. {number}", f"No {number}"):
        assert chat.say(f"rule show {typed}").title == "Wins of Acme"


def test_five_hundred_rules_come_page_by_page(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_rules(database, tenants[0], 500)
    reply = chat.say("rule list")
    seen = 0
    for _ in range(60):
        seen += str(reply.card).count("'text': 'Open'")
        following = reply.buttons().get("Next")
        if following is None:
            break
        reply = chat.click(**following)
        assert reply.how == "update"
    assert seen == 501


def test_the_next_page_keeps_to_the_quoted_words(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        for number in range(12):
            name = f"Active wins {number:02}"
            session.add(
                Rule(tenant_id=tenants[0], name=name, event_types=["deal.won"], is_enabled=number < 3)
            )
    first = chat.say('rule list "active wins"')
    assert first.has("12 rules for “active wins”, page 1 of 2")
    assert chat.click(**first.buttons()["Next"]).has("12 rules for “active wins”, page 2 of 2")


@pytest.mark.parametrize("typed", ["Wins of Acme", "wins OF acme", '"Wins of Acme"', "wins"])
def test_a_rule_is_shown_by_its_name(chat: Chat, typed: str) -> None:
    reply = chat.say(f"rule show {typed}")
    assert reply.title == "Wins of Acme"
    assert reply.has("nothing this week")


def test_a_rule_is_shown_by_its_number(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    assert chat.say(f"rule show {rule_of(database, tenants[0]).id}").title == "Wins of Acme"


@pytest.mark.parametrize("verb", ["show", "on", "off", "test", "delete"])
def test_another_tenants_rule_is_not_found(
    chat: Chat, database: Database, tenants: tuple[int, int], verb: str
) -> None:
    theirs = rule_of(database, tenants[1])
    reply = chat.say(f"rule {verb} {theirs.id}")
    assert reply.title == "I could not find that"
    assert not reply.has("Bolt")
    assert audit_of(database, tenants[1]) == []


@pytest.mark.parametrize("verb", ["show", "on", "test", "delete"])
def test_a_verb_without_its_rule_asks_which(chat: Chat, verb: str) -> None:
    assert chat.say(f"rule {verb}").has("Which rule?")


def test_an_ambiguous_name_asks_for_the_full_one(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_rules(database, tenants[0], 2)
    assert chat.say("rule show rule 00").has("Several fit")


def test_switching_off_and_on_is_in_the_audit_trail(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    reply = chat.say("rule off wins")
    assert reply.has("Off: nothing is sent")
    assert rule_of(database, tenants[0]).is_enabled is False
    chat.say("rule off wins")
    assert chat.say("rule on wins").has("On")
    assert rule_of(database, tenants[0]).is_enabled is True
    assert [action for _, action, _ in audit_of(database, tenants[0])] == ["rule.switched"] * 2
    assert rule_of(database, tenants[1]).is_enabled is True


def test_a_rule_whose_template_is_refused_today_is_switched_and_renamed(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        broken = {"look": "custom", "liquid": "{% include 'x' %}"}
        session.execute(update(Rule).where(Rule.tenant_id == tenants[0]).values(broken))

    assert chat.say("rule off wins").has("Off: nothing is sent")
    assert chat.say("rule on wins").has("On")
    form = chat.open("rule.edit", rule=str(rule_of(database, tenants[0]).id))
    saved = chat.submit(**form.buttons()["Save"], inputs={**form.values(), "name": ["Renamed"]})
    assert saved.title == "Rule “Renamed” saved"
    assert rule_of(database, tenants[0], "Renamed").liquid == broken["liquid"]


def test_switching_makes_workers_read_the_rules_again(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    from models.tables import Tenant

    def versions() -> list[int]:
        with database.reading_all() as session:
            return list(session.scalars(select(Tenant.ruleset_version).order_by(Tenant.id)))

    before = versions()
    chat.say("rule off wins")
    after = versions()
    assert after[0] > before[0]
    assert after[1] == before[1]


def test_a_test_card_is_created_for_each_destination_and_wakes_the_engine(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    asked = chat.say("rule test wins")
    assert not asked.wake_worker
    reply = chat.click(**asked.buttons()["Post it"])
    assert reply.wake_worker
    assert reply.title == "1 test card on the way to Deals"
    with database.reading_all() as session:
        (owed,) = session.scalars(select(Delivery)).all()
    assert (owed.tenant_id, owed.is_test, owed.reason, owed.lane) == (tenants[0], True, "test", "spaces/ACME")
    assert owed.event_id is not None


def test_deleting_asks_first_and_can_be_undone(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    asked = chat.say("rule delete wins")
    assert rule_of(database, tenants[0], "Wins of Acme") is not None
    done = chat.click(**asked.buttons()["Delete"])
    assert done.title == "Rule “Wins of Acme” deleted"
    assert rule_of(database, tenants[0], "Wins of Acme") is None
    again = chat.click(**done.buttons()["Undo"])
    assert again.title == "Wins of Acme"
    assert again.has("Deals")
    assert rule_of(database, tenants[0], "Wins of Acme").event_types == ["deal.won"]


def test_another_tenants_deleted_rule_cannot_be_restored(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    undo = chat.click(**chat.say("rule delete wins").buttons()["Delete"]).buttons()["Undo"]
    chat.user, chat.space = BOB, BOLTS
    assert chat.click(**undo).title == "I could not find that"
    assert rule_of(database, tenants[1], "Wins of Acme") is None


@pytest.mark.parametrize("role", ["viewer", "analyst"])
def test_a_role_that_only_reads_changes_nothing(
    chat: Chat, database: Database, tenants: tuple[int, int], role: str
) -> None:
    with database.writing_all() as session:
        session.execute(update(User).where(User.tenant_id == tenants[0]).values(role=role))
    assert chat.say("rule off wins").title == "You may not do this"
    assert "New rule" not in chat.say("rule list").buttons()
    assert rule_of(database, tenants[0]).is_enabled is True


def test_a_guest_of_a_linked_space_reads_its_rules_and_changes_none(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.user = {"name": "users/77", "email": "guest@else.test", "type": "HUMAN"}
    assert chat.say("rule list").has("Wins of Acme")
    assert chat.say("rule off wins").has("You are a guest of Acme here. Please ask ada@acme.test.")
    assert audit_of(database, tenants[0]) == []
