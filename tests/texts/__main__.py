"""Brings the files of languages up to date with the texts of the code.

`python -m tests.texts de` adds what `models/languages/de.po` lacks, without a translation yet, and drops what
the code does not have any more; `python -m tests.texts fr` begins a new language.
"""

from __future__ import annotations

import sys

from models.languages.catalog import FOLDER
from tests.rules.house import ROOT
from tests.texts.catalog import update

for code in sys.argv[1:]:
    print(f"{(FOLDER / f'{code}.po').relative_to(ROOT)}: {update(code)} texts to translate")
