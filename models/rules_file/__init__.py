"""The load document: rules as code, read with its lines, compared with what is stored, written, dumped."""

from models.rules_file.dump import dump
from models.rules_file.load import load

__all__ = ["dump", "load"]
