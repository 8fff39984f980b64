"""`python -m jobs`: a worker."""

import argparse
import sys

from jobs.worker import run
from models.errors import AppError, InvalidSettings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m jobs", description="A worker of Pipenotify.")
    parser.add_argument(
        "--listen", action="store_true", help="also answer /health/live on HOST:PORT, for App Engine"
    )
    args = parser.parse_args()
    try:
        return run(listens=args.listen)
    except InvalidSettings as refused:
        print("\n".join(refused.problems), file=sys.stderr)
        return 2
    except AppError as error:
        print(f"{error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
