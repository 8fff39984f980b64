"""Processes that request access tokens at the same moment; prints the result of each.

`python -m tests.jobs.to_pipedrive.token_racer PROCESSES TENANT...`: a line for each process, tenant and
outcome.
"""

import os
import sys
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier

from jobs.to_pipedrive.http import PipedriveWire
from jobs.to_pipedrive.tokens import Tokens
from models.database.engine import Database, ping
from models.errors import AppError
from models.security.vault import Vault
from models.settings import from_env
from models.tables import Base


def race(start: Barrier, tenant_ids: Sequence[int]) -> None:
    """Print what this process gets for each tenant, one after the other: tokens, or names of errors."""
    settings, wire = from_env(), PipedriveWire()
    database = Database(os.environ["DATABASE_URL"])
    tokens = Tokens(database, Vault(settings.encryption_keys), settings, wire)

    ping(database)
    start.wait()
    for tenant_id in tenant_ids:
        try:
            got = tokens.access_token(tenant_id)[0]
        except AppError as trouble:
            got = type(trouble).__name__
        os.write(sys.stdout.fileno(), f"{tenant_id} {got}\n".encode())  # whole lines, whatever others write
    wire.close()
    database.close()


def main(processes: int, tenant_ids: Sequence[int]) -> None:
    assert Base.metadata.tables  # all tables must be imported in each process
    context = get_context("fork")
    start = context.Barrier(processes)
    racers = [context.Process(target=race, args=(start, tenant_ids)) for _ in range(processes)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    sys.exit(max(abs(racer.exitcode or 0) for racer in racers))


if __name__ == "__main__":
    main(int(sys.argv[1]), [int(tenant_id) for tenant_id in sys.argv[2:]])
