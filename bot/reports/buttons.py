"""Buttons on reports: another range or grouping, the reports that come by themselves, and stopping one."""

from __future__ import annotations

from bot.chat.reply import Reply, Update
from bot.context import Context, press
from bot.reports.commands import USUAL, draw_report
from bot.reports.sales import sales_by_button
from bot.reports.schedules import draw_schedules, stop_by_number
from models.accounts.rights import Action
from models.database.row_ids import row_id
from models.reports.report import GROUPINGS, REPORT_RANGES, RULE


@press("report.show", right=Action.LOG_READ)
def show_report(context: Context) -> Reply:
    asked = context.interaction.parameters
    days, by = asked.get("range", ""), asked.get("by", "")
    known = (days if days in REPORT_RANGES else USUAL, by if by in GROUPINGS else RULE)
    return Update(draw_report(context, *known))


@press("report.sales", right=Action.LOG_READ)
def show_sales_report(context: Context) -> Reply:
    return Update(sales_by_button(context))


@press("report.list", right=Action.LOG_READ)
def list_reports(context: Context) -> Reply:
    return Update(draw_schedules(context))


@press("report.stop", right=Action.LOG_READ, writes=True)
def stop_report(context: Context) -> Reply:
    number = row_id(context.interaction.parameters.get("schedule", ""))
    return Update(stop_by_number(context, number or 0))
