"""`python -m jobs`: a worker with the clock."""

import sys

from jobs.worker import run
from models.errors import SettingsRefused, Trouble


def main() -> int:
    try:
        run()
    except SettingsRefused as refused:
        print("\n".join(refused.problems), file=sys.stderr)
        return 2
    except Trouble as trouble:
        print(f"{trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
