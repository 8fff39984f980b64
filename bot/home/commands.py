"""home, status, help and about."""

from __future__ import annotations

from bot.cards.done import done_card
from bot.chat.reply import Reply, Say
from bot.context import Context, command
from bot.home.cards import home_card, status_card
from bot.home.help import help_reply
from bot.home.show import plan_facts, read_home, status_facts, status_problem
from bot.version import VERSION
from bot.widgets import Button, Link
from models.accounts.features import FEATURE_TEXTS, features_of
from models.accounts.queries import get_tenant
from models.accounts.rights import Action
from models.clock import now
from models.languages.translate import tr
from models.plan.quota import usage


@command("home", right=Action.HELP_READ, summary="What is on, what waits, what to do next")
def home(context: Context) -> Reply:
    """Show the state of the tenant; to somebody who may not see it, what they can say here."""
    if not context.actor.may(Action.OVERVIEW_READ):
        return help_reply(context)
    return Say(home_card(read_home(context)))


@command("status", right=Action.OVERVIEW_READ, summary="Connection, quota, what was sent and what failed")
def status(context: Context) -> Reply:
    may_connect = context.actor.may(Action.CONNECTION_CHANGE)
    return Say(status_card(status_facts(context), status_problem(context), may_connect=may_connect))


@command("plan", right=Action.OVERVIEW_READ, summary="What your team may use, and what is used this month")
def plan(context: Context) -> Reply:
    tenant = get_tenant(context.session, context.tenant_id)
    facts = plan_facts(tenant.plan, usage(context.session, context.tenant_id, now()))
    for each, is_on in features_of(context.session, context.tenant_id).items():
        facts.append((tr(FEATURE_TEXTS[each]), tr("yes") if is_on else tr("not in your plan")))
    words = tr("Counted are cards about events; test cards, notices and digests are free.")
    return Say(done_card(tr("Your plan"), words, facts=facts))


@command("help", right=Action.HELP_READ, usage="[topic]", summary="What you can say here")
def help_(context: Context) -> Reply:
    return help_reply(context, " ".join(context.args))


@command("about", right=Action.HELP_READ, summary="Version and links")
def about(context: Context) -> Reply:
    base = context.deps.base_url
    facts = [(tr("Version"), VERSION), (tr("For"), context.actor.tenant_name)]
    links = [
        Button(tr("Documentation"), Link(f"{base}/docs")),
        Button(tr("Privacy"), Link(f"{base}/privacy")),
    ]
    what = tr("What happens in Pipedrive becomes a well-timed card in the right space.")
    return Say(done_card("Pipenotify", what, facts=facts, buttons=links))
