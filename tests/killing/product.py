"""The product as a process: started, asked over its API, killed."""
from __future__ import annotations

import http.client
import json
import os
import re
import select
import signal
import subprocess
import time
import urllib.parse
from typing import Any

ENVIRONMENT = {name: value for name, value in os.environ.items()
               if not name.startswith("ATTENDEE_SYNC_")} | {"NO_PROXY": "127.0.0.1"}
OVER = ("succeeded", "failed", "held")


class Wrong(Exception):
    """Something is not as it must be."""


class Product:
    """`serve` on a data directory."""

    running: set["Product"] = set()

    def __init__(self, binary: str, data: str, log: str, *arguments: str) -> None:
        self.data = data
        with open(log, "ab") as stderr:
            self.process = subprocess.Popen(
                [binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", data, "--no-sample",
                 "--allow-private-sources", *arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, env=ENVIRONMENT)
        self.begun = time.monotonic()
        self.connection: http.client.HTTPConnection | None = None
        Product.running.add(self)

    def wait_until_up(self) -> None:
        """Until it has printed where it is."""
        if not self.wait_for_line(30):
            raise Wrong("it does not start: no line in time")

    def wait_for_line(self, seconds: float) -> bool:
        """Whether it prints where it is within this time."""
        stdout = self.process.stdout
        if not select.select([stdout], [], [], seconds)[0]:
            return False
        line = stdout.readline().decode()
        found = re.search(r"http://(127\.0\.0\.1:\d+)/sign-in", line)
        if not found:
            raise Wrong(f"it does not start: {line!r}, exit status {self.process.poll()}")
        with open(os.path.join(self.data, "token"), encoding="ascii") as file:
            self.token = file.read().strip()
        self.connection = http.client.HTTPConnection(found.group(1), timeout=30)
        return True

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        self.connection.request(
            method, f"/api/v1{path}", None if body is None else json.dumps(body),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None

    def get(self, path: str) -> Any:
        status, answer = self.ask("GET", path)
        if status != 200:
            raise Wrong(f"GET {path}: {status} {answer}")
        return answer

    def text(self, path: str) -> str:
        """What is no JSON."""
        self.connection.request("GET", f"/api/v1{path}", headers={"Authorization": f"Bearer {self.token}"})
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            raise Wrong(f"GET {path}: {answer.status} {text}")
        return text

    def all(self, path: str) -> list[Any]:
        """The items of every page of a list."""
        items: list[Any] = []
        cursor = ""
        while True:
            page = self.get(f"{path}{'&' if '?' in path else '?'}limit=500{cursor}")
            items += page["items"]
            if not page.get("next_cursor"):
                return items
            cursor = f"&cursor={urllib.parse.quote(page['next_cursor'], safe='')}"

    def kill(self) -> None:
        """SIGKILL, and waits until it is gone."""
        self.process.send_signal(signal.SIGKILL)
        self._gone()

    def end(self) -> None:
        """As a service manager would."""
        if self.connection:
            self.connection.close()
        self.process.terminate()
        try:
            status = self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            raise Wrong("it does not end when it is told to") from None
        self._gone()
        if status:
            raise Wrong(f"told to end, it ends with status {status}")

    def _gone(self) -> None:
        self.process.wait()
        self.process.stdout.close()
        if self.connection:
            self.connection.close()
        Product.running.discard(self)

    @classmethod
    def end_all(cls) -> None:
        for product in list(cls.running):
            product.kill()
