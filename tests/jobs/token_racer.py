"""A process of its own that wants an access token with several threads at once; prints the tokens it got."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from jobs.to_pipedrive_wire import PipedriveWire
from jobs.tokens import Tokens
from models.database import Database
from models.settings import from_env
from models.vault import Vault


def race(tokens: Tokens, tenant_id: int, runners: int) -> set[str]:
    """The different tokens that so many threads get when they start together."""
    start = Barrier(runners)

    def run(_: int) -> str:
        start.wait()
        return tokens.access_token(tenant_id)[0]

    with ThreadPoolExecutor(runners) as pool:
        return set(pool.map(run, range(runners)))


def main(tenant_id: int, runners: int) -> None:
    settings, wire = from_env(), PipedriveWire()
    database = Database(os.environ["DATABASE_URL"])
    tokens = Tokens(database, Vault(settings.encryption_keys), settings, wire)
    print("ready", flush=True)
    sys.stdin.readline()
    print(*race(tokens, tenant_id, runners), sep="\n", flush=True)
    wire.close()
    database.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
