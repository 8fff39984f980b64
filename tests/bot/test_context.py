from bot.callers import Caller
from bot.chat.interaction import Dialect, Interaction, Kind
from bot.context import Backing, Context
from models.database.engine import Database
from tests.chat import audit_of


def test_what_is_recorded_counts_as_an_act(
    backing: Backing, database: Database, tenants: tuple[int, int]
) -> None:
    asked = Interaction(Kind.CLICK, Dialect.CLASSIC)
    with database.writing(tenants[0]) as session:
        context = Context(asked, Caller("ada@acme.test"), session, tenants[0], backing)
        assert not context.acted
        context.record("rule.made", "x" * 400, more="y")
        assert context.acted
    assert audit_of(database, tenants[0]) == [("ada@acme.test", "rule.made", "x" * 320)]


def test_buttons_call_the_door(backing: Backing) -> None:
    assert backing.endpoint == "https://pipenotify.example.com/chat/events"
    assert backing.setup_url == "https://pipenotify.example.com/setup"
