"""rules: made, changed, tested, looked back, switched in bulk, exported and imported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from bot.cards.restricted import bare
from bot.rules.backtests import condition_text
from bot.text.changes import title_of, what_happened
from models.accounts.permissions import require_rule
from models.accounts.rights import Action
from models.clock import now
from models.connections.visibility import viewer_of
from models.database.row_ids import row_id
from models.errors import NotFound
from models.pipedrive.filters.filters import InvalidFilter
from models.pipedrive.names import Names
from models.rules.actions import delete_rule, edit_rule, lock_rule, make_rule, test_rule
from models.rules.backtest import Backtest, Example, Limits, backtest
from models.rules.bulk import RuleChange, change_rules, move_rules
from models.rules.drafts import RuleDraft
from models.rules.queries import RuleSelection, find_rules, get_rule
from models.rules.save import read_draft, read_drafts
from models.rules_file.for_people import check_import, export_rules, import_rules
from models.rules_file.schema import RuleSchema
from models.tables.rules import Rule
from web.api.errors import InvalidFields, StaleVersion
from web.api.nouns.rule_schemas import (
    BacktestBody,
    BacktestOut,
    BulkBody,
    BulkOut,
    DocumentOut,
    ExampleOut,
    ImportBody,
    ImportOut,
    RuleBody,
    RuleOut,
    RuleParams,
    RulePatch,
    TestBody,
    TestOut,
    rule_mapping,
)
from web.api.paging import Page, page_of, read_cursor
from web.api.routes import ApiCall, Routes, Tagged
from web.api.schemas import validate

RULES: Final = Routes("rules", "read:rules", "write:rules")
CHANGES: Final = {
    "enable": RuleChange.ON,
    "on": RuleChange.ON,
    "resume": RuleChange.ON,
    "disable": RuleChange.OFF,
    "off": RuleChange.OFF,
    "pause": RuleChange.OFF,
    "delete": RuleChange.DELETE,
}
BACKTEST_S: Final = 2.0  # of one answer; it says where to go on


@RULES.get("/admin/rules", summary="List rules", data=RuleOut, params=RuleParams, is_list=True)
def list_rules(call: ApiCall) -> Page:
    params: RuleParams = call.params
    search = RuleSelection(params.enabled, params.event_type or "", params.q or "", params.to or "")
    rules, total = find_rules(
        call.session,
        call.tenant_id,
        search,
        after=read_cursor(params),
        offset=params.offset,
        limit=params.size + 1,
    )
    return page_of(params, rules, total, lambda shown: _draw_all(call, shown))


@RULES.post("/admin/rules", summary="Make a rule", data=RuleOut, body=RuleBody, status=201)
def add_rule(call: ApiCall) -> Tagged:
    return _draw(call, make_rule(call.session, call.actor, call.body.draft()))


@RULES.get("/admin/rules/<id>", summary="One rule", data=RuleOut)
def show_rule(call: ApiCall) -> Tagged:
    return _draw(call, _rule(call))


@RULES.put("/admin/rules/<id>", summary="Replace a rule", data=RuleOut, body=RuleBody)
def replace_rule(call: ApiCall) -> Tagged:
    rule = _rule_to_change(call)
    return _draw(call, edit_rule(call.session, call.actor, rule, call.body.draft()))


@RULES.patch("/admin/rules/<id>", summary="Change parts of a rule", data=RuleOut, body=RulePatch)
def patch_rule(call: ApiCall) -> Tagged:
    rule = _rule_to_change(call)
    before = RuleSchema.from_draft(read_draft(call.session, rule)).to_mapping()
    given = call.body.model_dump(include=set(RuleSchema.model_fields), exclude_unset=True)
    body: RuleBody = validate(RuleBody, before | given)
    return _draw(call, edit_rule(call.session, call.actor, rule, body.draft()))


@RULES.delete("/admin/rules/<id>", summary="Delete a rule", data=RuleOut)
def remove_rule(call: ApiCall) -> Tagged:
    rule = _rule_to_change(call)
    answer = _draw(call, rule)
    delete_rule(call.session, call.actor, rule)
    return answer


@RULES.post("/admin/rules/<id>/test", summary="Send test cards", data=TestOut, body=TestBody)
def send_test(call: ApiCall) -> TestOut:
    event = _number("event_id", call.body.event_id)
    to = test_rule(call.session, call.actor, _rule(call), event)
    call.wake = True
    return TestOut(to=to)


@RULES.post("/admin/rules/bulk", summary="Change many rules", data=BulkOut, body=BulkBody)
def change_many(call: ApiCall) -> BulkOut:
    body: BulkBody = call.body
    ids = [number for each in body.ids if (number := _number("ids", each)) is not None]
    if body.action == "move":
        done = move_rules(call.session, call.actor, ids, body.to, body.instead_of)
    elif body.to or body.instead_of:
        raise InvalidFields([("action", "must be move where `to` or `from` is given")])
    else:
        done = change_rules(call.session, call.actor, ids, CHANGES[body.action])
    refused = [{"name": name, "why": why} for name, why in done.refused]
    return BulkOut(changed=done.names, refused=refused)


@RULES.get("/admin/rules/export", summary="All rules and templates as a document", data=DocumentOut)
def export(call: ApiCall) -> DocumentOut:
    return DocumentOut(document=export_rules(call.session, call.actor))


@RULES.post("/admin/rules/import", summary="Load such a document", data=ImportOut, body=ImportBody)
def load(call: ApiCall) -> ImportOut:
    body: ImportBody = call.body
    act = check_import if body.dry_run else import_rules
    changes = act(call.session, call.deps.vault, call.actor, body.document)
    return ImportOut(changes=changes, dry_run=body.dry_run)


@RULES.post(
    "/admin/rules/<id>/backtest",
    summary="What a rule would have done with past events",
    data=BacktestOut,
    body=BacktestBody,
    scope="read:rules",
    writes=False,
)
def look_back(call: ApiCall) -> BacktestOut:
    body: BacktestBody = call.body
    rule = _rule(call)
    require_rule(call.session, call.actor, Action.RULE_CHANGE, rule)
    draft = read_draft(call.session, rule)
    if body.rule is not None:
        checked: RuleBody = validate(RuleBody, body.rule, "rule")
        draft = checked.draft()
    limits = Limits(seconds=BACKTEST_S, before=_number("before", body.before))
    viewer, since = viewer_of(call.session, call.actor), now() - timedelta(days=body.days)
    try:
        found = backtest(call.session, call.tenant_id, draft, since, limits, viewer)
    except InvalidFilter as unreadable:
        raise InvalidFields([(f"rule.{path}", words) for path, words in unreadable.problems]) from unreadable
    return _draw_backtest(found, draft)


def _rule(call: ApiCall) -> Rule:
    rule = get_rule(call.session, call.tenant_id, call.id)
    if rule is None:
        raise NotFound
    return rule


def _rule_to_change(call: ApiCall) -> Rule:
    """Return the rule that the request changes, locked. Raises NotAllowed, NotFound, StaleVersion."""
    require_rule(call.session, call.actor, Action.RULE_CHANGE, _rule(call))
    rule = lock_rule(call.session, _rule(call))
    if rule is None:
        raise NotFound
    wanted = {str(call.body.version)} if call.body is not None and call.body.version is not None else set()
    wanted |= {call.if_match} if call.if_match not in ("", "*") else set()
    if wanted - {str(rule.version)}:
        raise StaleVersion(_draw(call, rule).data)
    return rule


def _number(field: str, given: str | int | None) -> int | None:
    if given is None:
        return None
    found = row_id(str(given))
    if found is None:
        raise InvalidFields([(field, f"{str(given)[:40]!r} is no id")])
    return found


def _draw(call: ApiCall, rule: Rule) -> Tagged:
    call.session.refresh(rule)
    return Tagged(rule_mapping(rule, read_draft(call.session, rule)), rule.version)


def _draw_all(call: ApiCall, rules: Sequence[Rule]) -> list[dict[str, Any]]:
    drafts = read_drafts(call.session, call.tenant_id, rules)
    return [rule_mapping(rule, drafts[rule.id]) for rule in rules]


def _draw_backtest(found: Backtest, draft: RuleDraft) -> BacktestOut:
    on, names = draft.on, found.names
    return BacktestOut(
        fired=found.fired,
        near_misses=found.near_misses,
        looked_at=found.looked_at,
        of_type=found.of_type,
        examples=[_draw_example(each, names, on) for each in found.examples],
        misses=[_draw_example(each, names, on) for each in found.misses],
        back_to=found.back_to,
        go_on=None if found.go_on is None else str(found.go_on),
    )


def _draw_example(each: Example, names: Names, on: Sequence[str]) -> ExampleOut:
    if each.redacted_because:
        because = each.redacted_because
        return ExampleOut(
            event_id=each.event_id, at=each.at, title=bare(each.change), what="", redacted_because=because
        )
    failed = f"{condition_text(each.failed, on, names)}: {each.found}" if each.failed is not None else ""
    title, what = title_of(each.change, names), what_happened(each.change, names)
    return ExampleOut(event_id=each.event_id, at=each.at, title=title, what=what, failed=failed)
