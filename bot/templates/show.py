"""Finds templates, and draws their cards: the list, one of them, its dialog with a preview."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from bot import lookup
from bot.cards.done import confirm_dialog, done_card
from bot.context import Context
from bot.templates.preview import preview_template
from bot.text.format import ago, cut_bytes, listed, plural
from bot.widgets import Button, Buttons, Card, Fact, Message, Press, Section, Text, TextInput, Widget, press
from models.accounts.rights import Action
from models.clock import now
from models.database.row_ids import row_id
from models.languages.translate import tr, tr_plural
from models.pipedrive.readable import fold_name
from models.rules.liquid.environment import SOURCE_BYTES
from models.rules.templates import get_template, list_templates, rules_by_template
from models.tables import Template

PAGE: Final = 10
FIRST: Final = "<b>{{ title }}</b>: {{ what }}\n{{ deal.value | money }} · {{ who }}"
HINT: Final = "{{ deal.title }}, {{ deal.value | money }}, {{ before.stage }}, {{ who }}; b, i, u, s, a, br"


def find_template(context: Context, args: Sequence[str]) -> Template:
    """Return the template that is meant. Raises NotFound, and InvalidRequest if it is ambiguous."""
    every = list_templates(context.session, context.tenant_id)
    return lookup.choose([lookup.Candidate(each, each.id, each.name) for each in every], args, "template")


def template_by_id(context: Context, id: str) -> Template | None:
    """Return a button's template, None if it was deleted since."""
    number = row_id(id)
    return get_template(context.session, context.tenant_id, number) if number is not None else None


def draw_list(context: Context, find: str = "", page: int = 1) -> Message:
    """Return a page of the templates by name, or of those that have `find` in it."""
    every = list_templates(context.session, context.tenant_id)
    found = [each for each in every if fold_name(find) in fold_name(each.name)]
    used = rules_by_template(context.session, context.tenant_id)
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(page, 1), pages)
    rows: list[Widget] = [
        Fact(
            cut_bytes(each.name, 80),
            tr("No. {id}", id=each.id),
            below=_used_text(used.get(each.id, [])),
            end=Button(tr("Open"), press("template.show", template=each.id)),
        )
        for each in found[(page - 1) * PAGE : page * PAGE]
    ]
    nothing = tr("No templates yet. Rules use the looks compact and detailed.")
    rows = rows or [Text(tr("No template has “{find}” in its name.", find=find[:80]) if every else nothing)]
    subtitle = plural(len(found), "template")
    if pages > 1:
        subtitle = tr("{count}, page {page} of {pages}", count=subtitle, page=page, pages=pages)
    sections = [Section(rows), Section(_page_buttons(page, pages, find))]
    card = Card(tr("Templates"), subtitle, sections, _new_button(context), card_id="templates")
    return Message(card, fallback_text=tr("Templates: {subtitle}", subtitle=subtitle))


def _page_buttons(page: int, pages: int, find: str) -> list[Widget]:
    def turn(text: str, to: int) -> Button:
        return Button(text, Press("template.list", {"page": str(to), **({"find": find} if find else {})}))

    row = [turn(tr("Previous"), page - 1)] if page > 1 else []
    row += [turn(tr("Next"), page + 1)] if page < pages else []
    return [Buttons(*row)] if row else []


def _new_button(context: Context) -> list[Button]:
    if not context.offers(Action.TEMPLATE_CHANGE):
        return []
    return [Button(tr("New template"), press("template.new", dialog=True), primary=True)]


def _used_text(rules: list[str]) -> str:
    return (
        tr_plural(
            "Used by {count} rule: {names}", "Used by {count} rules: {names}", len(rules), names=listed(rules)
        )
        if rules
        else tr("No rule uses it")
    )


def draw_template(context: Context, shown: Template, done: str = "") -> Message:
    """Return one template: what it makes of a real event, its text, and which rules use it."""
    used = rules_by_template(context.session, context.tenant_id).get(shown.id, [])
    sections = [
        Section([Text(done)] if done else []),
        Section(draw_preview(context, shown.source), tr("On a real event")),
        Section([Text(shown.source)], tr("Its text")),
        Section([Fact(_used_text(used))]),
        Section([Buttons(*_buttons(context, shown))]),
    ]
    kept = [each for each in sections if each.widgets]
    card = Card(shown.name, tr("Template no. {id}", id=shown.id), kept, card_id="template")
    return Message(card, fallback_text=tr("Template {name}", name=shown.name))


def _buttons(context: Context, shown: Template) -> list[Button]:
    edit = [
        Button(tr("Edit"), press("template.edit", dialog=True, template=shown.id), primary=True),
        Button(tr("Delete"), press("template.delete", dialog=True, template=shown.id)),
    ]
    may = context.offers(Action.TEMPLATE_CHANGE)
    return [*(edit if may else []), Button(tr("All templates"), press("template.list"))]


def draw_preview(context: Context, source: str) -> list[Widget]:
    """Return what a template makes of the newest event that everybody may see, or why it does not work."""
    seen = preview_template(context.session, context.tenant_id, source)
    if seen.problems:
        return [Text(problem) for problem in seen.problems]
    when = ago(seen.at, now()) if seen.at else tr("a made-up event")
    return [Text(seen.html, html=True), Fact(seen.about, below=when)]


def form_dialog(
    context: Context,
    name: str = "",
    source: str = FIRST,
    *,
    edited: Template | None = None,
    problems: Sequence[str] = (),
    seen: str | None = None,
) -> Card:
    """Return the dialog of a template; `seen` is the mark of what an edited one was when it was opened."""
    known = {}
    if edited is not None:
        known = {"template": str(edited.id), "seen": mark_of(edited) if seen is None else seen}
    sections = [
        Section([Text("\n".join(problems))] if problems else [], tr("Please look at this again")),
        Section(
            [
                TextInput("name", tr("Name"), name, most=255),
                TextInput("source", tr("Text of the card"), source, HINT, lines=True, most=SOURCE_BYTES),
            ]
        ),
        Section(draw_preview(context, source), tr("Preview")),
    ]
    footer = [
        Button(tr("Save"), Press("template.save", known), primary=True),
        Button(tr("Preview"), Press("template.preview", known)),
    ]
    title = tr("Edit template") if edited is not None else tr("New template")
    return Card(title, "", [each for each in sections if each.widgets], footer, card_id="template-form")


def mark_of(stored: Template) -> str:
    """Return a short mark of a template as it is, to see whether somebody else changes it meanwhile."""
    return hashlib.sha256(f"{stored.name}\0{stored.source}".encode()).hexdigest()[:12]


def delete_dialog(context: Context, doomed: Template) -> Card:
    """Return the dialog before a template is deleted: it names the rules that use it."""
    used = rules_by_template(context.session, context.tenant_id).get(doomed.id, [])
    keep = tr("They keep this text as their own, so their cards stay as they are.") if used else ""
    what = f"“{doomed.name}”. {_used_text(used)}. {keep}".strip()
    return confirm_dialog(
        tr("Delete this template?"),
        what,
        yes=tr("Delete"),
        press=press("template.remove", template=doomed.id),
    )


def gone_card(_context: Context) -> Message:
    return done_card(
        tr("This template is gone"),
        tr("Somebody deleted it."),
        buttons=[Button(tr("All templates"), press("template.list"))],
    )
