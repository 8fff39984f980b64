from bot.chat.interaction import Dialect, Interaction, InteractionKind
from bot.context import BotDeps, Context
from bot.rules.dialog.vocabulary import vocabulary_of
from models.accounts.actor import Actor
from models.accounts.rights import Action
from models.connections.people import name_in_pipedrive
from models.database.engine import Database
from models.tables import User
from models.tables.connections import KnownName, PipedriveUser


def context(deps: BotDeps, session: object, tenant_id: int, locale: str, user_id: int | None) -> Context:
    asked = Interaction(InteractionKind.CLICK, Dialect.CLASSIC, locale=locale)
    actor = Actor("ada@acme.test", tenant_id, user_id=user_id)
    return Context(asked, actor, session, tenant_id, deps, Action.RULE_MAKE)  # type: ignore[arg-type]


def test_it_holds_only_the_names_of_its_tenant_that_conditions_choose_from(
    database: Database, tenants: tuple[int, int], deps: BotDeps
) -> None:
    with database.writing_all() as session:
        for tenant_id, kind in (
            (0, "stage"),
            (0, "deal_field"),
            (0, "lead_label"),
            (0, "person"),
            (1, "stage"),
        ):
            session.add(KnownName(tenant_id=tenants[tenant_id], kind=kind, key=f"{tenant_id}", text=kind))
    with database.reading(tenants[0]) as session:
        words = vocabulary_of(context(deps, session, tenants[0], "de", None))
    assert {kind for kind, _ in words.names} == {"stage", "deal_field", "lead_label"}
    assert {key for _, key in words.names} == {"0"}
    assert (words.locale, words.me) == ("de", "")


def test_me_is_the_matched_user_of_pipedrive(
    database: Database, tenants: tuple[int, int], deps: BotDeps
) -> None:
    with database.writing_all() as session:
        ada = session.query(User).filter(User.tenant_id == tenants[0]).one()
        ada.pipedrive_user_id, user_id = "7", ada.id
        for tenant_id, name in zip(tenants, ("Ada of Acme", "Ada of Bolt"), strict=True):
            session.add(PipedriveUser(tenant_id=tenant_id, pipedrive_id="7", name=name))
    with database.reading(tenants[0]) as session:
        assert vocabulary_of(context(deps, session, tenants[0], "", user_id)).me == "Ada of Acme"
        assert name_in_pipedrive(session, tenants[0], 999) == ""
