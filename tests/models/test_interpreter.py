"""A process that serves does not look through what it was built of, and no thread of it waits for long."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from models.interpreter import SWITCH_S, THRESHOLDS, set_up_to_serve


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before, switches = gc.get_threshold(), sys.getswitchinterval()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)
    sys.setswitchinterval(switches)


def test_what_was_there_at_the_start_is_not_looked_through_again() -> None:
    built = [{"number": number} for number in range(1000)]

    set_up_to_serve()

    assert gc.get_threshold() == THRESHOLDS
    assert gc.get_freeze_count() > len(built)


def test_collecting_begins_where_it_was_off_while_the_process_was_built() -> None:
    gc.disable()
    set_up_to_serve()
    assert gc.isenabled()


def test_no_transaction_waits_until_the_tables_are_mapped() -> None:
    class Base(DeclarativeBase):
        pass

    class Thing(Base):
        __tablename__ = "things"
        id: Mapped[int] = mapped_column(primary_key=True)

    assert not Thing.__mapper__.configured

    set_up_to_serve()

    assert Thing.__mapper__.configured


def test_circles_made_later_are_still_collected() -> None:
    set_up_to_serve()
    circle: list[object] = []
    circle.append(circle)
    del circle

    assert gc.collect() >= 1


def test_a_thread_that_computes_gives_the_interpreter_away_soon() -> None:
    set_up_to_serve()

    assert sys.getswitchinterval() == pytest.approx(SWITCH_S)
    assert SWITCH_S < 0.005, "Python's own"
