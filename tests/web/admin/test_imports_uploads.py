"""A file of leads may be larger than a form: where it is uploaded, and nowhere else."""

from __future__ import annotations

import pytest
from flask import Flask, request

from models.database.engine import Database
from models.imports.csv_file import MOST_BYTES
from models.security.vault import Vault
from tests.web.door import Door
from tests.web.rsgi import Channel, Scope, run
from web.admin.imports import PATH
from web.api.leads import imports
from web.api.routes import PREFIX
from web.front import (
    MOST_IN_A_FILE,
    MOST_OF_A_PROGRAM,
    MOST_ON_A_PAGE,
    UPLOAD,
    UPLOAD_BY_PROGRAM,
    Front,
)
from web.incoming.refusals import raise_refusal

HEAD = 4096  # of a multipart body


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        (UPLOAD, MOST_BYTES + HEAD, 200),
        (UPLOAD, MOST_IN_A_FILE + 1, 413),
        (UPLOAD_BY_PROGRAM, MOST_BYTES + HEAD, 200),
        (UPLOAD_BY_PROGRAM, MOST_IN_A_FILE + 1, 413),
        (f"{UPLOAD_BY_PROGRAM}/1/start", MOST_OF_A_PROGRAM + 1, 413),
        ("/admin/intake", MOST_ON_A_PAGE + 1, 413),
    ],
)
def test_only_an_upload_may_be_as_large_as_a_file(
    database: Database, vault: Vault, path: str, size: int, status: int
) -> None:
    app = Flask(__name__)
    app.before_request(raise_refusal)
    app.add_url_rule(path, view_func=lambda: str(len(request.get_data())), methods=["POST"])
    front, channel = Front(Door(database, vault).app, app, lambda _: False), Channel(b"x" * size)
    run(front(Scope("POST", path, [("content-length", str(size))]), channel))

    ((answered, _, body),) = channel.answers
    assert answered == status
    assert status != 200 or body == str(size).encode()


def test_the_paths_of_uploads_are_those_of_the_page_and_of_rest() -> None:
    assert f"{PATH}/new" == UPLOAD
    assert f"{PREFIX}{imports.PATH}" == UPLOAD_BY_PROGRAM
