"""Serves the demo's web part; started by `python -m web demo`."""

import sys

from models.settings import from_env
from web.serving import serve

END_WITHIN_S = 1  # an open page has a request under way that waits for news

if __name__ == "__main__":
    sys.exit(serve(from_env(), "web.playground.serve:rsgi", end_within_s=END_WITHIN_S))
