"""The interface between the simulations and the page, in plain dictionaries."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from web.playground.chat.server import FakeChat
from web.playground.chat.store import StoredSpace, viewer_in
from web.playground.google.server import FakeGoogle
from web.playground.inspector import DIALOG, MESSAGE, report
from web.playground.outages import Outages
from web.playground.pipedrive.server import FakePipedrive
from web.playground.record_view import view_of
from web.playground.saved.chat import chat_state, restore_chat
from web.playground.saved.pipedrive import pipedrive_state, restore_pipedrive
from web.playground.ticker import Ticker

REFRESH_TOKEN = "playground-refresh-token"  # noqa: S105 - good for the playground's own Pipedrive alone
GOOGLE_CALLBACK = "/oauth/google/callback"
PIPEDRIVE_CALLBACK = "/api/v1/oauth/callback"
DIALECTS = ("classic", "addon")


class Playground:
    """What the page may call; every result is JSON-ready, every method may be called from any thread.

    A person is `{"name": "users/1001", "displayName": "Ada Lovelace", "email": "ada@example.com"}`.
    A space is `{"name": "spaces/AAAA", "displayName": "Deals", "spaceType": "SPACE" | "DIRECT_MESSAGE",
    "appIsMember": true}`.
    A message is Chat's Message resource (`name, sender, createTime, lastUpdateTime?, text?, cardsV2?,
    fallbackText?, thread: {name, threadKey?}, privateMessageViewer?: {name}`) and `error: true`
    if Chat itself says that the app failed.
    An outcome (of say, click, submit_dialog...) is `{"kind", "message"?, "dialog"?, "notification"?,
    "problems": [...]}`; kind is `message | updated | dialog | closed | nothing | refused | failed`.
    `refused`: the reply breaks Chat's rules (`problems` name them); `failed`: no 2xx reply in time.
    In both cases the person also gets the error message in the space.
    A dialog is `{"space", "message", "card": {...cardsV2 card...}}`; each person has at most one open.
    """

    def __init__(
        self,
        app_url: str = "",
        *,
        chat_port: int = 0,
        pipedrive_port: int = 0,
        google_port: int = 0,
        demo_pid: int | None = None,
    ) -> None:
        """`app_url` is the app's `BASE_URL/chat/events`; it may be set later through `connect`.

        `demo_pid` is the process that starts the worker, where there is one; see Outages.
        """
        self.ticker = Ticker()
        self.chat = FakeChat(app_url, port=chat_port, ticker=self.ticker)
        self.pipedrive = FakePipedrive(port=pipedrive_port, ticker=self.ticker)
        self.google = FakeGoogle(self.chat.store.people, port=google_port)
        self._outages = Outages(self.chat.faults, demo_pid)
        self._is_restored = False
        self._register(app_url)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the servers; call it in the process that will serve them (after any fork)."""
        self.chat.start()
        self.pipedrive.start()
        self.google.start()
        if not self._is_restored:
            self.pipedrive.oauth.grant(self.pipedrive.oauth.user_id, REFRESH_TOKEN)

    def close(self) -> None:
        self.chat.close()
        self.pipedrive.close()
        self.google.close()

    def state(self) -> dict[str, Any]:
        """Everything that a restart goes on with, as JSON; see `restore`."""
        return {
            "origin": _origin(self.chat.app.url),
            "dialect": self.chat.app.dialect,
            "chat": chat_state(self.chat.store),
            "pipedrive": pipedrive_state(self.pipedrive),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on with the `state` of an earlier run; call it before `start`.

        Raises KeyError, TypeError or ValueError if it is no such state; this playground is of no use then.
        """
        restore_chat(self.chat.store, state["chat"])
        moved = (state["origin"], _origin(self.chat.app.url))
        restore_pipedrive(self.pipedrive, state["pipedrive"], moved)
        self.chat.app.dialect = state.get("dialect", DIALECTS[0])
        self._is_restored = True

    def connect(self, app_url: str, dialect: str = "classic", audience: str | None = None) -> None:
        """Set where and how interactions are sent; see AppSettings."""
        self.chat.app.url, self.chat.app.dialect, self.chat.app.audience = app_url, dialect, audience
        self._register(app_url)

    def _register(self, app_url: str) -> None:
        """Register the app's own redirect URIs with Google and Pipedrive."""
        if not app_url:
            return
        origin = _origin(app_url)
        self.google.sign_in.redirect_uris = {f"{origin}{GOOGLE_CALLBACK}"}
        self.pipedrive.oauth.callback = f"{origin}{PIPEDRIVE_CALLBACK}"

    def environment(self, directory: Path) -> dict[str, str]:
        """The product's variables for the simulations; writes the service account's key to `directory`."""
        return {
            "CHAT_API_URL": self.chat.url,
            "CHAT_CERTS_URL": f"{self.chat.url}/certs",
            "CHAT_AUDIENCE": self.chat.app.audience or self.chat.app.url,
            "CHAT_ADDON_EMAIL": self.chat.app.addon_email,
            "GOOGLE_APPLICATION_CREDENTIALS": str(
                self.chat.write_credentials(directory / "chat-account.json")
            ),
            "PIPEDRIVE_OAUTH_URL": self.pipedrive.url,
            "PIPEDRIVE_API_URL": self.pipedrive.url,
            "PIPEDRIVE_CLIENT_ID": self.pipedrive.oauth.client_id,
            "PIPEDRIVE_CLIENT_SECRET": self.pipedrive.oauth.client_secret,
            "GOOGLE_OAUTH_URL": self.google.url,
            "GOOGLE_CLIENT_ID": self.google.sign_in.client_id,
            "GOOGLE_CLIENT_SECRET": self.google.sign_in.client_secret,
        }

    def people(self) -> list[dict[str, Any]]:
        return [person.resource() for person in self.chat.store.people.values()]

    def commands(self) -> list[dict[str, Any]]:
        """The app's commands: `{"id": 1, "name": "/pipenotify", "description", "type"}`, and so on."""
        return list(self.chat.app.commands)

    def spaces(self, viewer: str) -> list[dict[str, Any]]:
        """The spaces of this person (`users/1001`), direct messages last."""
        mine = [space for space in list(self.chat.store.spaces.values()) if viewer in space.members]
        return [_shown(space) for space in sorted(mine, key=lambda space: space.direct)]

    def messages(self, space: str, viewer: str) -> list[dict[str, Any]]:
        """Oldest first, without private ones of other viewers.

        `notification` is how the app asked Chat to notify people (`NOTIFICATION_TYPE_SILENT`), empty for as
        usual.
        """
        found = self.chat.store.visible(space, viewer)
        return [message.resource() | {"notification": message.notification} for message in found]

    def say(
        self, space: str, user: str, text: str, thread: str | None = None, *, window: str = ""
    ) -> dict[str, Any]:
        """Type a message; the app gets slash commands, mentions (`@Pipenotify ...`) and direct messages.

        `window` is the browser window of the person; a dialog that follows opens there alone.
        """
        return self.chat.client.say(space, user, text, thread, window=window).plain()

    def quick_command(self, space: str, user: str, command_id: int, *, window: str = "") -> dict[str, Any]:
        return self.chat.client.quick_command(space, user, command_id, window=window).plain()

    def message_action(
        self, space: str, user: str, message: str, command_id: int, *, window: str = ""
    ) -> dict[str, Any]:
        return self.chat.client.message_action(space, user, message, command_id, window=window).plain()

    def click(
        self,
        space: str,
        user: str,
        message: str,
        parameters: Mapping[str, str],
        inputs: Mapping[str, Any] | None = None,
        *,
        window: str = "",
    ) -> dict[str, Any]:
        """Press a button of a message (by its action parameters as a plain map).

        `inputs` maps widget names to `"text"`, `["several", "choices"]` or a ready form input such as
        `{"dateInput": {"msSinceEpoch": 1000425600000}}`.
        """
        return self.chat.client.click(space, user, message, parameters, inputs, window=window).plain()

    def dialog(self, user: str, *, window: str = "") -> dict[str, Any] | None:
        dialog = self.chat.store.dialogs.get(viewer_in(user, window))
        return dialog.resource() if dialog else None

    def submit_dialog(
        self,
        user: str,
        parameters: Mapping[str, str],
        inputs: Mapping[str, Any] | None = None,
        *,
        window: str = "",
    ) -> dict[str, Any]:
        """Press a button of the dialog that is open in this window."""
        return self.chat.client.submit_dialog(user, parameters, inputs, window=window).plain()

    def autocomplete(
        self, space: str, user: str, parameters: Mapping[str, str], query: str, *, window: str = ""
    ) -> dict[str, Any]:
        """Type into a choice whose options the app searches; the outcome's kind is `options`."""
        return self.chat.client.autocomplete(space, user, parameters, query, window=window).plain()

    def dialect(self) -> str:
        """The format of the events that the app gets: `classic` (Chat app) or `addon` (Workspace add-on)."""
        return self.chat.app.dialect

    def speak(self, dialect: str) -> None:
        """Send events in this dialect from now on. Raises ValueError for an unknown one."""
        if dialect not in DIALECTS:
            raise ValueError(f"There is no dialect {dialect}")
        self.chat.app.dialect = dialect
        self.ticker.tick()

    def outages(self) -> dict[str, Any]:
        """What may be let fail, and what fails now: `{"offered": ["chat-hangs", ...], "active": [...]}`."""
        return self._outages.state()

    def switch_outage(self, name: str, *, on: bool) -> None:
        """Let something fail from now on, or no more. Raises ValueError for what is not offered."""
        self._outages.switch(name, on=on)
        self.ticker.tick()

    def inspect(self, user: str, message: str | None, *, window: str = "") -> dict[str, Any]:
        """One message that this person sees, or without one the open dialog, with what Chat refuses in it.

        Raises LookupError where there is none.
        """
        if message is None:
            dialog = self.chat.store.dialogs.get(viewer_in(user, window))
            if dialog is None:
                raise LookupError("no dialog is open")
            return report(dialog.card, DIALOG)
        found = self.chat.store.find(message)
        if found is None or found.viewer not in (None, user):
            raise LookupError("there is no such message")
        return report(found.content, MESSAGE)

    def close_dialog(self, user: str, *, window: str = "") -> None:
        if viewer_in(user, window) in self.chat.store.dialogs:
            self.chat.client.cancel_dialog(user, window=window)

    def add_app(self, space: str, user: str) -> dict[str, Any]:
        return self.chat.client.added_to_space(space, user).plain()

    def remove_app(self, space: str, user: str) -> dict[str, Any]:
        return self.chat.client.removed(space, user).plain()

    def pipedrive_state(self) -> dict[str, Any]:
        """The board.

        `{"company": {"id", "name", "domain"}, "users": [{"id", "name", "email"}],
        "pipelines": [{"id", "name", "stages": [{"id", "name", "order_nr"}]}],
        "deals": [{"id", "title", "value", "currency", "status", "stage_id", "pipeline_id", "owner_id",
        "owner_name", "org_id", "org_name", "person_id", "person_name", "lost_reason", "update_time"}],
        "leads": [...], "persons": [{"id", "name"}], "organizations": [{"id", "name"}],
        "activities": [{"id", "subject", "type", "due_date", "deal_id"}] (those not done),
        "currencies": ["EUR", ..],
        "webhooks": [{"id", "name", "url", "event", "failures", "banned"}],
        "deliveries": [{"webhook_id", "event", "object_id", "attempt", "status", "at"}] (the last 20)}`
        """
        return self.pipedrive.state()

    def pipedrive_record(self, entity: str, key: str) -> dict[str, Any]:
        """One record as Pipedrive's own page shows it; see `view_of`. Raises ValueError if there is none."""
        return view_of(self.pipedrive.store, entity, key)

    def pipedrive_do(self, action: str, **arguments: Any) -> dict[str, Any]:
        """Change something as a Pipedrive user would; returns the object (`{"count": n}` for bulk actions).

        The actions are the methods of CrmActions (create_deal, move_deal, win_deal, bulk_import, ...); all
        take `user_id` (the acting user; default the first). Raises ValueError with a sentence for people if
        something is unknown or wrong.
        """
        return self.pipedrive.do(action, **arguments)

    def wait_for_change(self, since: int, timeout: float = 25.0) -> int:
        """Block until anything visible changed after version `since`; returns the present version."""
        return self.ticker.wait(since, timeout)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _shown(space: StoredSpace) -> dict[str, Any]:
    return space.resource() | {"displayName": space.title or "Pipenotify", "appIsMember": space.app_is_member}
