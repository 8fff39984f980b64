"""Serves the demo's web part; started by `python -m web demo`."""

import sys

from models.settings import from_env
from web.serving import serve

if __name__ == "__main__":
    sys.exit(serve(from_env(), "web.playground.serve:rsgi"))
