"""The load document: rules as code, read with its lines, compared with what is stored, written, dumped."""

from models.document.dumping import dump
from models.document.loading import load

__all__ = ["dump", "load"]
