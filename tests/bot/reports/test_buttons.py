"""The buttons of reports list and stop what comes by itself, once."""

from __future__ import annotations

from sqlalchemy import select

from models.database.engine import Database
from models.tables import ReportSchedule
from tests.chat import Chat


def test_a_report_is_stopped_by_its_button(chat: Chat, database: Database) -> None:
    chat.say("report daily")
    with database.reading_all() as session:
        number = str(session.scalars(select(ReportSchedule.id)).one())
    assert chat.click("report.list").has("Stop")
    assert chat.click("report.stop", schedule=number).has("The report is stopped")
    assert chat.click("report.stop", schedule=number).has("It was stopped already")
    assert chat.click("report.stop", schedule="x").has("None.")
