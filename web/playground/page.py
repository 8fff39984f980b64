"""The playground's page: a simulated Chat and Pipedrive in the browser, only for `make demo`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from web.playground.page_doors import DOORS, state
from web.playground.play import Playground
from web.security.guards import own_proof

LONGEST_BODY = 256 * 1024  # bytes; a filled dialog is a few thousand
LONGEST_WAIT = 20.0  # seconds; below the half minute after which proxies time out
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


def playground_page(
    play: Playground,
    subcommands: Sequence[Mapping[str, str]] = (),
    steps: Callable[[], Mapping[str, bool]] = dict,
    roles: Callable[[], Mapping[str, str] | None] = lambda: None,
    backlog: Callable[[], Mapping[str, Any]] = dict,
) -> Blueprint:
    """The page at /playground and its endpoints at /playground/api.

    `subcommands` are offered after `/pipenotify `: `{"words": "rule new", "description": ...}`.
    `steps()` says which of a newcomer's first steps are done; see FirstSteps. `roles()` are the roles of the
    team's users by e-mail, None where there is no team. `backlog()` is what waits in the product now.
    """
    page = Blueprint(
        "playground",
        __name__,
        url_prefix="/playground",
        template_folder="templates",
        static_folder="static",
    )
    page.before_request(refuse_others)
    page.after_request(harden)
    page.register_error_handler(HTTPException, as_json)
    page.add_url_rule("", "page", lambda: render_template("playground.html"), strict_slashes=False)
    _add_reading(page, play, subcommands, lambda: {"steps": dict(steps()), "roles": roles()})
    page.add_url_rule("/api/backlog", "backlog", lambda: jsonify(dict(backlog())))
    _add_doing(page, play)
    return page


def _add_reading(
    page: Blueprint,
    play: Playground,
    subcommands: Sequence[Mapping[str, str]],
    product: Callable[[], Mapping[str, Any]],
) -> None:
    """Add what only reads; `product()` is what the product itself knows, beside the simulations."""

    @page.get("/api/state")
    def seen() -> Response:
        viewer, space, window = (request.args.get(name) for name in ("viewer", "space", "window"))
        return jsonify({**state(play, viewer, space, window or ""), **product()})

    @page.get("/api/record")
    def record() -> Response:
        entity, key = request.args.get("entity", ""), request.args.get("id", "")
        try:
            return jsonify(play.pipedrive_record(entity, key))
        except ValueError as unknown:
            return jsonify({"missing": str(unknown)})  # an answer to the person, no failure of the page

    @page.get("/api/changes")
    def changes() -> Response:
        since = request.args.get("since", 0, type=int)
        version = play.wait_for_change(since, LONGEST_WAIT)
        if play.ticker.has_ended:
            abort(503, "The playground is ending")
        return jsonify({"version": version})

    @page.get("/api/commands")
    def commands() -> Response:
        return jsonify({"commands": play.commands(), "subcommands": [dict(each) for each in subcommands]})


def _add_doing(page: Blueprint, play: Playground) -> None:
    @page.post("/api/<path:door>")
    @own_proof  # see refuse_others
    def act(door: str) -> ResponseReturnValue:
        if door not in DOORS:
            abort(404, "There is no such door")
        try:
            return jsonify(DOORS[door](play, _body()) or {})
        except LookupError as unknown:
            abort(404, f"Unknown: {unknown}")
        except ValueError as wrong:
            abort(400, str(wrong))


def _body() -> Mapping[str, Any]:
    """The JSON object of this request; 413 and 400 (by Flask) if it is too long or no object."""
    request.max_content_length = LONGEST_BODY
    body = request.get_json()
    if not isinstance(body, dict):
        abort(400, "The body has to be a JSON object")
    return body


def refuse_others() -> None:
    """Refuse requests except from pages of this very server, on this machine.

    The playground has no sign-in, so another site must neither post to it (JSON forces a
    preflight, Origin and Sec-Fetch-Site name the requesting site) nor reach it by a name that resolves to
    loopback (DNS rebinding, visible in Host).
    """
    if urlsplit(f"//{request.host}").hostname not in LOOPBACK:
        abort(403, "The playground answers on this machine only")
    if request.method in {"GET", "HEAD"}:
        return
    origin = request.headers.get("Origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.host
    if foreign or request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403, "Only the playground's own page may do this")
    if not request.is_json:
        abort(415, "The body has to be application/json")


def harden(response: Response) -> Response:
    """Allow nothing from other hosts, nothing inline, no caching."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-cache" if request.endpoint == "playground.static" else "no-store"
    return response


def as_json(error: HTTPException) -> Response:
    """Return every error to the page in the same form."""
    return make_response(jsonify({"error": error.description}), error.code or 500)
