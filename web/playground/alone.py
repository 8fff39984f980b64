"""The simulations in a process of their own: prints their URLs as one JSON line, then serves."""

import argparse
import json
import signal
import sys
import tempfile
from pathlib import Path

from web.playground.chat.quota import Quota
from web.playground.play import Playground


def main() -> None:
    options = _arguments()
    ports = {"chat_port": options.chat_port, "pipedrive_port": options.pipedrive_port}
    play = Playground(options.app_url, google_port=options.google_port, **ports)
    play.chat.latency = options.latency
    if options.fast:
        play.chat.rest.strict = False
        play.chat.rest.quota = play.chat.quota = Quota(None, None)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with play, tempfile.TemporaryDirectory() as directory:
        sys.stdout.write(f"{json.dumps(play.environment(Path(directory)))}\n")
        sys.stdout.flush()
        try:
            signal.pause()
        except KeyboardInterrupt:
            return


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m web.playground.alone", description=__doc__)
    parser.add_argument("--app-url", default="", help="where interactions go: BASE_URL/chat/events")
    parser.add_argument("--chat-port", type=int, default=0)
    parser.add_argument("--pipedrive-port", type=int, default=0)
    parser.add_argument("--google-port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before Chat answers")
    parser.add_argument(
        "--fast", action="store_true", help="neither check cards nor limit writes (benchmarks)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
