"""`python -m web` serves the web part; `python -m web demo` opens the playground."""

import argparse
import sys

from models.errors import AppError, InvalidSettings
from models.settings import from_env
from web.serving import serve


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m web", description="The web part of Pipenotify.")
    parser.add_argument("what", nargs="?", choices=["demo"], help="open the playground instead")
    asked = parser.parse_args()
    try:
        if asked.what == "demo":
            from web import demo  # noqa: PLC0415 - the playground is no part of the product

            return demo.run()
        return serve(from_env(), "web.server:rsgi")
    except InvalidSettings as refused:
        print("\n".join(refused.problems), file=sys.stderr)
        return 2
    except AppError as trouble:
        print(str(trouble), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
