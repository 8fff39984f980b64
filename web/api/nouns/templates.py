"""templates: texts of cards that several rules share, with a preview on a real event."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from bot.templates.preview import preview_template
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.errors import NotFound
from models.rules.liquid.environment import SOURCE_BYTES
from models.rules.templates import (
    delete_template,
    get_template,
    list_templates,
    rules_by_template,
    save_template,
)
from models.tables.rules import Template
from web.api.paging import Page, page_of_list
from web.api.routes import ApiCall, Routes
from web.api.schemas import Body, Id, ListParams, Moment, Out

TEMPLATES: Final = Routes("templates", "read:templates", "write:templates")


class TemplateBody(Body):
    """A whole template: its name and its Liquid source."""

    name: str = Field(max_length=255)
    liquid: str = Field(max_length=SOURCE_BYTES)


class TemplatePatch(Body):
    """What changes of a template."""

    name: str | None = Field(None, max_length=255)
    liquid: str | None = Field(None, max_length=SOURCE_BYTES)


class PreviewBody(Body):
    """Another source than the stored one, to see it before it is saved."""

    liquid: str | None = Field(None, max_length=SOURCE_BYTES)


class TemplateOut(Out):
    """A template, and the names of the rules that use it."""

    id: Id
    name: str
    liquid: str
    rules: list[str]
    created_at: Moment


class DeletedTemplate(TemplateOut):
    """A template that was deleted: its rules keep its text as their own."""


class PreviewOut(Out):
    """What a template makes of an event: `html` as Chat shows it, or the problems that stop it."""

    html: str
    about: str
    is_made_up: bool
    problems: list[str]


@TEMPLATES.get(
    "/admin/templates", summary="List templates", data=TemplateOut, params=ListParams, is_list=True
)
def list_all(call: ApiCall) -> Page:
    found = list_templates(call.session, call.tenant_id)
    used = rules_by_template(call.session, call.tenant_id)
    return page_of_list(
        call.params, found, lambda shown: [_draw(each, used.get(each.id, [])) for each in shown]
    )


@TEMPLATES.post(
    "/admin/templates", summary="Make a template", data=TemplateOut, body=TemplateBody, status=201
)
def add_template(call: ApiCall) -> TemplateOut:
    return _draw(save_template(call.session, call.actor, call.body.name, call.body.liquid), [])


@TEMPLATES.get("/admin/templates/<id>", summary="One template", data=TemplateOut)
def show_template(call: ApiCall) -> TemplateOut:
    return _draw_used(call, _template(call))


@TEMPLATES.put("/admin/templates/<id>", summary="Replace a template", data=TemplateOut, body=TemplateBody)
@TEMPLATES.patch("/admin/templates/<id>", summary="Change a template", data=TemplateOut, body=TemplatePatch)
def change_template(call: ApiCall) -> TemplateOut:
    stored, given = _template(call), call.body
    name = stored.name if given.name is None else given.name
    source = stored.source if given.liquid is None else given.liquid
    return _draw_used(call, save_template(call.session, call.actor, name, source, stored))


@TEMPLATES.delete("/admin/templates/<id>", summary="Delete a template", data=DeletedTemplate)
def remove_template(call: ApiCall) -> TemplateOut:
    stored = _template(call)
    answer = _draw_used(call, stored)
    delete_template(call.session, call.actor, stored)
    return answer


@TEMPLATES.post(
    "/admin/templates/<id>/preview",
    summary="See a template on a real event",
    data=PreviewOut,
    body=PreviewBody,
    scope="read:templates",
    writes=False,
)
def preview(call: ApiCall) -> PreviewOut:
    require(call.session, call.actor, Action.TEMPLATE_READ)
    stored, given = _template(call), call.body.liquid
    seen = preview_template(call.session, call.tenant_id, stored.source if given is None else given)
    return PreviewOut(
        html=seen.html, about=seen.about, is_made_up=seen.at is None, problems=list(seen.problems)
    )


def _template(call: ApiCall) -> Template:
    found = get_template(call.session, call.tenant_id, call.id)
    if found is None:
        raise NotFound
    return found


def _draw_used(call: ApiCall, stored: Template) -> TemplateOut:
    return _draw(stored, rules_by_template(call.session, call.tenant_id).get(stored.id, []))


def _draw(stored: Template, rules: list[str]) -> TemplateOut:
    return TemplateOut(
        id=stored.id, name=stored.name, liquid=stored.source, rules=rules, created_at=stored.created_at
    )
