"""Rules as code: a load document is read, compared with the database and written; a dump is its inverse."""

from models.rules_file.dump import dump
from models.rules_file.load import load

__all__ = ["dump", "load"]
