"""Prints the wanted lines of log files, or of standard input, as they are."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from jobs.logs.selection import Selection, read_line
from models.clock import sleep
from models.errors import InvalidRequest

LOOK_EVERY_S: Final = 0.2


def print_wanted(lines: Iterable[str], wanted: Selection, out: TextIO) -> tuple[int, int]:
    """Print the wanted lines, each at once; return how many these were, and how many were no JSON."""
    printed = unread = 0
    for text in lines:
        line = read_line(text)
        if line is None:
            unread += bool(text.strip())
        elif wanted.has(line):
            print(text.rstrip("\n"), file=out, flush=True)
            printed += 1
    return printed, unread


def lines_of(files: Sequence[Path], *, stdin: TextIO = sys.stdin) -> Iterator[str]:
    """Yield the lines of files, one after the other; without any those of standard input.

    Raises InvalidRequest for a file that cannot be read.
    """
    if not files:
        yield from stdin
    for file in files:
        with _opened(file) as opened:
            yield from (each.decode(errors="replace") for each in opened)


def follow(file: Path, *, wait: Callable[[float], None] = sleep) -> Generator[str]:
    """Yield the lines of a file, and those that come; go on with a new file of its name, as after a rotation.

    Raises InvalidRequest for a file that cannot be read. It ends only by its caller.
    """
    while True:
        with _opened(file) as opened:
            yield from _growing(file, opened, wait)


def _growing(file: Path, opened: BinaryIO, wait: Callable[[float], None]) -> Iterator[str]:
    """Yield whole lines, until the name leads to another file and this one is read to its end."""
    begun, is_last = b"", False
    while True:
        if piece := opened.readline():
            begun += piece
            if begun.endswith(b"\n"):
                yield begun.decode(errors="replace")
                begun = b""
        elif is_last:
            return
        elif not (is_last := _is_another(file, opened)):
            wait(LOOK_EVERY_S)


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise InvalidRequest(f"{file} cannot be read: {(error.strerror or 'unknown').lower()}") from error


def _is_another(file: Path, opened: BinaryIO) -> bool:
    """Tell whether a name leads to another file by now, or the file was emptied."""
    known = os.fstat(opened.fileno())
    try:
        found = file.stat()
    except OSError:  # between the two steps of a rotation
        return False
    return (found.st_dev, found.st_ino) != (known.st_dev, known.st_ino) or found.st_size < opened.tell()
