"""What a handler gets: the interaction, the actor, the tenant's session, and the dependencies."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

from bot.chat.interaction import Interaction
from bot.chat.reply import AfterReading, Reply, ShownOnce
from bot.registry import Registry
from models.accounts.actor import Actor
from models.accounts.features import Feature, has_feature
from models.accounts.permissions import is_offered
from models.accounts.queries import actor_in_chat
from models.accounts.rights import Action
from models.database.engine import Database, Session
from models.database.row_ids import row_id
from models.languages.translate import current_locale, is_english
from models.operating.finding import Finding
from models.security import audit
from models.security.vault import Vault

LAST_PAGE: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class BotDeps:
    """The dependencies of all handlers.

    `base_url` is the public address of the web part, `keep_days` for how long history is kept (KEEP_DAYS).
    `check` says to operators what is wrong with the installation. `only_spaces` are the only spaces whose
    interactions are handled, None for all.
    """

    database: Database
    vault: Vault
    base_url: str
    keep_days: int = 90
    check: Callable[[], Iterable[Finding]] = tuple
    only_spaces: Collection[str] | None = None

    @property
    def endpoint(self) -> str:
        """The URL where Chat posts interactions, and that every button calls."""
        return f"{self.base_url}/chat/events"

    @property
    def setup_url(self) -> str:
        return f"{self.base_url}/setup"


@dataclass(slots=True)
class Context:
    """One interaction being handled, in the session of its tenant.

    `right` is what the handler needs (its registry entry's); the object it is about is checked against it.
    `args` are the words after a command's name.
    `wake_worker`: a delivery is due now, so the engine should be woken after the commit.
    """

    interaction: Interaction
    actor: Actor
    session: Session
    tenant_id: int
    deps: BotDeps
    right: Action
    args: tuple[str, ...] = ()
    wake_worker: bool = False

    @property
    def page(self) -> int:
        """The page of a list that a button asks for; the first for anything else."""
        asked = row_id(self.interaction.parameters.get("page", "")) or 1
        return asked if asked <= LAST_PAGE else 1

    @property
    def clock_locale(self) -> str:
        """The locale of clock times: that of the answer, in English the person's own from Chat."""
        return self.interaction.locale if is_english() else current_locale()

    def offers(self, action: Action, feature: Feature | None = None) -> bool:
        """Whether the actor may do something that their tenant's plan has, so that a button is drawn."""
        return is_offered(self.session, self.actor, action, feature)

    def has(self, feature: Feature) -> bool:
        """Whether the tenant's plan has a feature."""
        return has_feature(self.session, self.tenant_id, feature)

    @property
    def acted(self) -> bool:
        """Whether something was changed, so that a repeat of this interaction must not do it again."""
        return audit.has_recorded(self.session)


def actor_of(session: Session, interaction: Interaction) -> Actor:
    """Find the actor and their tenant. The session sees all tenants."""
    user, space = interaction.user, interaction.space
    return actor_in_chat(session, user.email, user.name, space.name, is_dm=space.is_dm)


Handler = Callable[[Context], Reply | AfterReading | ShownOnce]

COMMANDS: Registry[Handler] = Registry("command")
PRESSES: Registry[Handler] = Registry("button")
DIALOGS: Registry[Handler] = Registry("dialog")

command = COMMANDS
press = PRESSES
dialog = DIALOGS
