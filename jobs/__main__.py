"""`python -m jobs`: a worker."""

import argparse
import gc
import sys
from typing import Final

from models.errors import AppError, InvalidSettings

STOPPED: Final = 130  # the code of a program that Ctrl-C has ended


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m jobs", description="A worker of Pipenotify.")
    parser.add_argument(
        "--listen", action="store_true", help="also answer /health/live on HOST:PORT, for App Engine"
    )
    args = parser.parse_args()
    gc.disable()  # until the engine is built (`set_up_to_serve`)
    try:
        from jobs.worker import run  # noqa: PLC0415 - it imports all there is, after that

        return run(listens=args.listen)
    except InvalidSettings as refused:
        print("\n".join(refused.problems), file=sys.stderr)
        return 2
    except AppError as error:
        print(f"{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before the processes have begun, which end by themselves
        return STOPPED


if __name__ == "__main__":
    sys.exit(main())
