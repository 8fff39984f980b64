"""The demo's web part: the simulations, their page, and the product in one process."""

from __future__ import annotations

import signal
import socket
from dataclasses import asdict
from multiprocessing.util import Finalize
from pathlib import Path
from threading import Thread
from typing import Any, Final

from bot.home.help import for_teams
from jobs.process.kernel import end_with_parent
from models.accounts.queries import list_users, tenant_id_of
from models.accounts.rights import role_text
from models.clock import now
from models.database.engine import Database
from models.errors import DatabaseUnavailable, NotFound
from models.logs import set_up
from models.operating.backlog import read_backlog
from models.rules.queries import has_rule_not_by
from models.rules_file.write import MADE_BY
from models.settings import Settings, environment_with, from_env
from models.settings_values import DEVELOPMENT
from web.from_pipedrive.door import PATH
from web.front import Front
from web.playground.first_steps import FirstSteps
from web.playground.google.sign_in import FakeSignIn
from web.playground.google.tokens import ADDON_SENDER
from web.playground.outages import DEMO_PID
from web.playground.page import playground_page
from web.playground.people import ADA
from web.playground.play import Playground
from web.playground.saved.saver import Saver
from web.playground.saved.state_file import StateFile
from web.playground.ticker import Ticker
from web.server import build

TENANT: Final = "Acme"
DOCUMENT: Final = Path(__file__).parent / "acme.yaml"
KEY, USER, PASSWORD = "k-acme", "pd", "playground-password"
CHAT_PORT: Final = "PLAYGROUND_CHAT_PORT"
PIPEDRIVE_PORT: Final = "PLAYGROUND_PIPEDRIVE_PORT"
GOOGLE_PORT: Final = "PLAYGROUND_GOOGLE_PORT"


def environment(settings: Settings, chat_port: int, pipedrive_port: int, google_port: int) -> dict[str, str]:
    """Return the variables that connect the processes of a demo."""
    chat, pipedrive = f"http://127.0.0.1:{chat_port}", f"http://127.0.0.1:{pipedrive_port}"
    google = FakeSignIn()
    return {
        "APP_ENV": DEVELOPMENT,
        "OPERATORS": ADA.email,
        CHAT_PORT: str(chat_port),
        PIPEDRIVE_PORT: str(pipedrive_port),
        GOOGLE_PORT: str(google_port),
        "CHAT_API_URL": chat,
        "CHAT_CERTS_URL": f"{chat}/certs",
        "CHAT_AUDIENCE": settings.chat_events_url,
        "CHAT_ADDON_EMAIL": ADDON_SENDER,
        "GOOGLE_APPLICATION_CREDENTIALS": str(settings.pipenotify_data / "chat-account.json"),
        "PIPEDRIVE_OAUTH_URL": pipedrive,
        "PIPEDRIVE_API_URL": pipedrive,
        "PIPEDRIVE_CLIENT_ID": "playground-client",
        "PIPEDRIVE_CLIENT_SECRET": "playground-secret",
        "GOOGLE_OAUTH_URL": f"http://127.0.0.1:{google_port}",
        "GOOGLE_CLIENT_ID": google.client_id,
        "GOOGLE_CLIENT_SECRET": google.client_secret,
    }


def rsgi() -> Front:
    """Return the RSGI app of the demo; granian calls it in its worker."""
    end_with_parent(signal.SIGKILL)
    settings = from_env()
    set_up(settings.log_level, service="web")
    file = StateFile(settings.pipenotify_data)
    play = _continued(settings, file) or _begun(settings)
    play.environment(settings.pipenotify_data)  # writes the service account's key for the worker
    saver = Saver(file, play.ticker, play.state)
    saver.start()
    Finalize(None, saver.close, exitpriority=0)  # multiprocessing calls it when granian's worker ends
    _end_waits_with_the_process(play.ticker)
    database = Database(settings.database_url)
    steps = FirstSteps(play, lambda: _has_own_rule(database))
    page = playground_page(play, _subcommands(), steps, lambda: _roles(database), lambda: _backlog(database))
    return build(settings, page)


def _end_waits_with_the_process(ticker: Ticker) -> None:
    """End the waits of open pages at SIGTERM; granian's own handler waits for running requests."""
    ours, signals = socket.socketpair()
    signals.setblocking(False)
    signal.set_wakeup_fd(signals.detach())

    def wait() -> None:
        while not {signal.SIGTERM, signal.SIGINT} & set(ours.recv(16)):
            pass
        ticker.end()

    Thread(target=wait, daemon=True, name="end-of-waits").start()


def _has_own_rule(database: Database) -> bool:
    """Whether somebody made a rule beside those of the demo's rules file."""
    try:
        with database.reading_all() as session:
            return has_rule_not_by(session, tenant_id_of(session, TENANT), MADE_BY)
    except (DatabaseUnavailable, NotFound):  # it is away, or the team was erased on the setup page
        return False


def _roles(database: Database) -> dict[str, str] | None:
    """The roles of the team's users by e-mail; None where there is no team."""
    try:
        with database.reading_all() as session:
            users = list_users(session, tenant_id_of(session, TENANT))
            return {user.email: role_text(user.role) for user in users}
    except (DatabaseUnavailable, NotFound):
        return None


def _backlog(database: Database) -> dict[str, Any]:
    """What waits in the product now; an empty dictionary while its database is away."""
    try:
        with database.reading_all() as session:
            return asdict(read_backlog(session, now()))
    except DatabaseUnavailable:
        return {}


def _continued(settings: Settings, file: StateFile) -> Playground | None:
    """The playground as the last run left it; None if there was none."""
    state = file.read()
    if state is None:
        return None
    play = _playground(settings)
    try:
        play.restore(state)
    except (KeyError, TypeError, ValueError):
        play.close()
        file.set_aside()
        return None
    play.start()
    return play


def _begun(settings: Settings) -> Playground:
    """A new playground, whose Pipedrive has the webhook of the demo's rules file."""
    play = _playground(settings)
    play.start()
    play.pipedrive.register(f"{settings.base_url}{PATH}/{KEY}", USER, PASSWORD)
    return play


def _playground(settings: Settings) -> Playground:
    environment = environment_with({})
    play = Playground(
        settings.chat_events_url,
        chat_port=int(environment[CHAT_PORT]),
        pipedrive_port=int(environment[PIPEDRIVE_PORT]),
        google_port=int(environment[GOOGLE_PORT]),
        demo_pid=int(environment.get(DEMO_PID, "0")) or None,
    )
    play.pipedrive.oauth.interactive = True  # people see what they consent to
    return play


def _subcommands() -> list[dict[str, str]]:
    return [
        {"words": f"{each.name} {each.usage}".strip(), "description": each.summary} for each in for_teams()
    ]
