"""Templates of a tenant: list, save, delete, with rights and audit; the same for Chat, pages and programs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.destinations.linking import NAME_MOST
from models.errors import Conflict, InvalidRequest
from models.languages.translate import tr
from models.rules.drafts import LOOKS
from models.rules.liquid.check import liquid_problems
from models.security.audit import record
from models.tables.rules import Rule, Template


def list_templates(session: Session, tenant_id: int) -> list[Template]:
    """Return a tenant's templates in the order of their names."""
    query = select(Template).where(Template.tenant_id == tenant_id).order_by(Template.name, Template.id)
    return list(session.scalars(query))


def get_template(session: Session, tenant_id: int, template_id: int) -> Template | None:
    return session.scalar(select(Template).where(Template.tenant_id == tenant_id, Template.id == template_id))


def rules_by_template(session: Session, tenant_id: int) -> dict[int, list[str]]:
    """Return the names of the rules that use each template, by the template's id."""
    query = select(Rule.template_id, Rule.name).where(
        Rule.tenant_id == tenant_id, Rule.template_id.is_not(None)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for template_id, name in session.execute(query.order_by(Rule.name)):
        found[template_id or 0].append(name)
    return found


def save_template(
    session: Session, actor: Actor, name: str, source: str, template: Template | None = None
) -> Template:
    """Save a new template, or over `template`; an unchanged one writes nothing.

    Raises NotAllowed, InvalidRequest for a name or a source that cannot be saved, Conflict for a name that
    another template has.
    """
    require(session, actor, Action.TEMPLATE_CHANGE)
    name = name.strip()
    problems = _name_problems(name)
    if template is None or template.source != source:  # a later release may refuse one that is stored
        problems += _source_problems(source)
    if problems:
        raise InvalidRequest.of_fields(problems)
    if template is not None and (template.name, template.source) == (name, source):
        return template
    action = "template.made" if template is None else "template.edited"
    was = {} if template is None else {"name": template.name, "source": template.source}
    try:
        with session.begin_nested():
            saved = template or Template(tenant_id=actor.tenant)
            saved.name, saved.source = name, source
            session.add(saved)
            session.flush()
    except IntegrityError as taken:
        raise Conflict(user_message=tr("There is a template named “{name}” already.", name=name)) from taken
    record(session, actor, action, name, was=was)
    return saved


def _name_problems(name: str) -> list[tuple[str, str]]:
    """Return what is wrong with a name, as pairs of the field in REST and a sentence."""
    found = []
    if not 1 <= len(name) <= NAME_MOST or "\0" in name:
        found.append(("name", tr("The name must have 1 to {most} characters.", most=NAME_MOST)))
    if name.lower() in LOOKS:
        found.append(("name", tr("“{name}” is a look that every team has; choose another name.", name=name)))
    return found


def _source_problems(source: str) -> list[tuple[str, str]]:
    """Return the same for a source."""
    found = []
    if not source.strip() or "\0" in source:
        found.append(("liquid", tr("The template is empty.")))
    problems = (f"{problem[:1].upper()}{problem[1:]}." for problem in liquid_problems(source))
    return [*found, *(("liquid", problem) for problem in problems)]


def delete_template(session: Session, actor: Actor, template: Template) -> list[str]:
    """Delete a template; return the names of the rules that used it, which keep its text as their own.

    Raises NotAllowed.
    """
    require(session, actor, Action.TEMPLATE_CHANGE)
    rules = _rules_with(session, template)
    for rule in rules:
        rule.liquid, rule.template_id, rule.version = template.source, None, rule.version + 1
    session.flush()
    names = [rule.name for rule in rules]
    record(session, actor, "template.deleted", template.name, source=template.source, rules=names)
    session.delete(template)
    session.flush()
    return names


def _rules_with(session: Session, template: Template) -> Sequence[Rule]:
    mine = (Rule.tenant_id == template.tenant_id, Rule.template_id == template.id)
    return session.scalars(select(Rule).where(*mine).order_by(Rule.name).with_for_update()).all()
