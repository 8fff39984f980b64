"""Rules files: rules as code, read with line numbers, compared with the database, written, dumped."""

from models.rules_file.dump import dump
from models.rules_file.load import load

__all__ = ["dump", "load"]
