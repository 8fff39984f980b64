"""What operators see: findings, queues, breakers, dead letters and alerts of all teams.

What was found is in English, as on the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from bot.context import Context
from bot.ops import cards
from bot.text.format import ago
from bot.widgets import Message
from models.accounts.actor import Actor, system
from models.accounts.queries import find_tenant, tenants_named
from models.clock import now
from models.database.engine import Session
from models.database.row_ids import row_id
from models.deliveries.actions import retry_failed
from models.deliveries.replay import ReplayFilter, count_dead
from models.errors import InvalidRequest, NotFound
from models.languages.translate import tr, tr_plural, whole
from models.operating import state
from models.operating.alerts.codes import SEVERITIES
from models.operating.alerts.notes import read_taken
from models.operating.alerts.rules import LATE_NO_MORE
from models.operating.backlog import read_backlog
from models.operating.finding import OK, WRONG
from models.operating.workers import is_alive, list_workers
from models.tables.accounts import Tenant
from models.waits.replay import preview_replay

OVERVIEW: Final = "overview"
View = Callable[[Session], tuple[str, Sequence[cards.OperatorRow]]]


def draw(context: Context, view: str) -> Message:
    """Draw a view, which is one of VIEWS; anything else is the overview."""
    if view in _OF_ALL_TEAMS:
        with context.deps.database.reading_all() as session:
            title, rows = _OF_ALL_TEAMS[view](session)
    else:
        title, rows = _overview(context)
    return cards.operator_card(title, rows, [each for each in VIEWS if each != view])


def _overview(context: Context) -> tuple[str, Sequence[cards.OperatorRow]]:
    found = list(context.deps.check())
    wrong = sum(each.level == WRONG for each in found)
    title = tr_plural("{count} problem", "{count} problems", wrong) if wrong else tr("All is well")
    shown = sorted((each for each in found if each.level != OK), key=lambda each: each.level != WRONG)
    rows = [cards.OperatorRow(each.words, each.part, is_wrong=each.level == WRONG) for each in shown]
    well = ", ".join(dict.fromkeys(each.part for each in found if each.level == OK))
    return title, [*rows, *([cards.OperatorRow(well, tr("In order"))] if well else [])]


def _queues(session: Session) -> tuple[str, Sequence[cards.OperatorRow]]:
    at = now()
    backlog, workers = read_backlog(session, at), list_workers(session)
    oldest = tr("nothing")
    if backlog.oldest_due_s is not None:
        oldest = tr("{seconds} s", seconds=whole(backlog.oldest_due_s))
    rows = [
        cards.OperatorRow(whole(backlog.waiting), tr("Waiting")),
        cards.OperatorRow(
            oldest,
            tr("Due for the longest"),
            is_wrong=(backlog.oldest_due_s or 0) > LATE_NO_MORE.total_seconds(),
        ),
        cards.OperatorRow(whole(backlog.held), tr("Held back")),
        cards.OperatorRow(whole(backlog.retried), tr("Failed, and tried again")),
        cards.OperatorRow(whole(backlog.given_up), tr("Dead letters")),
    ]
    for worker in workers:
        alive = is_alive(worker, at)
        seen = tr("seen {when}", when=ago(worker.seen_at, at))
        rows.append(
            cards.OperatorRow(
                f"{worker.host} {worker.pid}: {worker.problem or seen}", tr("Worker"), not alive
            )
        )
    if not workers:
        rows.append(cards.OperatorRow(tr("None runs: start `python -m jobs`."), tr("Worker"), is_wrong=True))
    return tr("Queues"), rows


def _breakers(session: Session) -> tuple[str, Sequence[cards.OperatorRow]]:
    failing, refused = state.failing_destinations(session), state.refused_destinations(session)
    rows = [
        cards.OperatorRow(
            tr("Chat refuses {destination}: {why}", destination=name, why=why), team, is_wrong=True
        )
        for team, name, why in refused
    ]
    rows += [cards.OperatorRow(f"{name}: {words}", team) for team, name, words in failing]
    return tr("Breakers"), rows or [cards.OperatorRow(tr("Every destination takes cards."))]


def _dead(session: Session) -> tuple[str, Sequence[cards.OperatorRow]]:
    rows = [
        cards.OperatorRow(
            tr_plural("{count} dead letter", "{count} dead letters", count), name, team=tenant_id
        )
        for tenant_id, name, count in count_dead(session, cards.MOST_ROWS)
    ]
    return tr("Dead letters"), rows or [cards.OperatorRow(tr("There are none."))]


def _alerts(session: Session) -> tuple[str, Sequence[cards.OperatorRow]]:
    rows = []
    for code, sinks in read_taken(session).items():
        went = tr("went to {sinks}", sinks=", ".join(sorted(sinks)))
        rows.append(cards.OperatorRow(f"{code.replace('_', ' ')}: {went}", SEVERITIES[code], is_wrong=True))
    return tr("Alerts"), rows or [cards.OperatorRow(tr("None is open."))]


_OF_ALL_TEAMS: Final[dict[str, View]] = {
    "queues": _queues,
    "breakers": _breakers,
    "dead": _dead,
    "alerts": _alerts,
}
VIEWS: Final = (OVERVIEW, *_OF_ALL_TEAMS)


def team_named(context: Context, name: str) -> Tenant:
    """Return a team by its name. Raises InvalidRequest without one, NotFound."""
    if not name:
        raise InvalidRequest(
            user_message=tr("Which team? Say ops replay and its name, as ops dead shows it.")
        )
    with context.deps.database.reading_all() as session:
        found = tenants_named(session, name)
    if len(found) > 1:
        names = ", ".join(each.name for each in found)
        raise InvalidRequest(
            user_message=tr("Which of them? Write it exactly like this: {names}.", names=names)
        )
    return _known(found[0] if found else None)


def team_by_id(context: Context) -> Tenant:
    """Return the team of a button. Raises NotFound."""
    with context.deps.database.reading_all() as session:
        number = row_id(context.interaction.parameters.get("team", ""))
        return _known(find_tenant(session, number or 0))


def _known(team: Tenant | None) -> Tenant:
    if team is None or team.is_internal:
        raise NotFound(user_message=tr("There is no such team. Say ops dead for those with dead letters."))
    return team


def draw_replay(context: Context, team: Tenant) -> Message:
    """Say how many dead letters of a team can go again."""
    with context.deps.database.reading(team.id) as session:
        would = preview_replay(session, _operator(context, team), ReplayFilter())
    return cards.replay_card(team.id, team.name, would)


def replay(context: Context, team: Tenant) -> Message:
    """Send one batch of a team's dead letters again, the oldest first."""
    with context.deps.database.writing(team.id) as session:
        sent = retry_failed(session, _operator(context, team))
    context.wake_worker = sent.count > 0
    return cards.replayed_card(team.id, team.name, sent)


def _operator(context: Context, team: Tenant) -> Actor:
    """Return who acts in a team that is not theirs, as its audit trail shows it."""
    return system(team.id, f"operator {context.actor.name}")
