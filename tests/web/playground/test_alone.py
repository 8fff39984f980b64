"""The simulations as a process: one line of URLs, then they serve until stopped."""

import json
import signal
import subprocess
import sys

import httpx


def test_the_process_says_where_it_serves_and_ends_when_told() -> None:
    command = [
        sys.executable,
        "-m",
        "web.playground.alone",
        "--fast",
        "--app-url",
        "http://127.0.0.1:1/chat/events",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        variables = json.loads(process.stdout.readline())
        assert httpx.get(f"{variables['CHAT_API_URL']}/_state").json()["messages"] == []
        assert httpx.get(f"{variables['PIPEDRIVE_API_URL']}/_state").json()["company"]["name"] == "Acme"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
