from bot.chat.interaction import Dialect, Interaction, InteractionKind
from bot.context import BotDeps, Context
from models.accounts.actor import Actor
from models.accounts.rights import Action
from models.database.engine import Database
from models.security.audit import record
from tests.chat import audit_of


def test_an_audit_entry_marks_the_context_as_acted(
    deps: BotDeps, database: Database, tenants: tuple[int, int]
) -> None:
    interaction = Interaction(InteractionKind.CLICK, Dialect.CLASSIC)
    with database.writing(tenants[0]) as session:
        ada = Actor("ada@acme.test", tenants[0])
        context = Context(interaction, ada, session, tenants[0], deps, Action.RULE_MAKE)
        assert not context.acted
        record(session, context.actor, "rule.made", "x" * 400, more="y")
        assert context.acted
    assert audit_of(database, tenants[0]) == [("ada@acme.test", "rule.made", "x" * 320)]


def test_buttons_call_the_chat_endpoint(deps: BotDeps) -> None:
    assert deps.endpoint == "https://pipenotify.example.com/chat/events"
    assert deps.setup_url == "https://pipenotify.example.com/setup"
