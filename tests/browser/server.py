"""The single-machine edition as a process of its own, on a fresh directory and a free port."""
from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from typing import Any, Callable

ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("ATTENDEE_SYNC_")}
ENVIRONMENT["NO_PROXY"] = "127.0.0.1"
OVER = ("succeeded", "failed", "held")


class Refused(AssertionError):
    """An answer that is no success."""

    def __init__(self, what: str, status: int, said: str) -> None:
        super().__init__(f"{what}: {status} {said}")
        self.status = status


class Server:
    """`serve`, until it is ended."""

    def __init__(self, binary: str, *arguments: str) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="attendee-sync-browser-")
        path = self._directory.name
        self._log = open(os.path.join(path, "log"), "w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", os.path.join(path, "data"),
             "--allow-private-sources", *arguments],
            stdout=subprocess.PIPE, stderr=self._log, text=True, env=ENVIRONMENT)
        assert self._process.stdout is not None
        # One that never says where it is must not hold the test up.
        watch = threading.Timer(60, self._process.kill)
        watch.start()
        line = self._process.stdout.readline()
        watch.cancel()
        found = re.search(r"(http://127\.0\.0\.1:\d+)(/sign-in\S*)", line)
        if not found:
            log = self.log()
            self.end()
            raise AssertionError(f"no sign-in URL in {line!r}; its log: {log}")
        self.base, self.link = found.group(1), "".join(found.groups())
        with open(os.path.join(path, "data", "token"), encoding="ascii") as file:
            self.token = file.read().strip()

    def api(self, path: str, method: str = "GET", body: Any = None) -> Any:
        request = urllib.request.Request(
            self.base + "/api/v1" + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=30) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(f"{method} {path}", error.code, error.read().decode()) from error
        return json.loads(text) if text else None

    def configure(self, document: dict[str, Any]) -> None:
        self.api(f"/events/{document['event']}/configuration", "PUT", document)

    def begin(self, event: str) -> str:
        """Begins a sync, and gives its run."""
        def ask() -> Any:
            try:
                return self.api(f"/events/{event}/runs", "POST", {"mode": "sync"})
            except Refused as refused:
                # A run that is over may hold the event for a moment more.
                if refused.status != 409:
                    raise
                return None
        return str(self.until(ask, lambda run: run, f"a run of {event}", 10)["run"])

    def sync(self, event: str, state: str = "succeeded") -> Any:
        """One sync to its end, which is as expected."""
        run = self.ended(self.begin(event))
        assert run["state"] == state, f"{event}: {run}"
        return run

    def ended(self, run: str) -> Any:
        return self.until(lambda: self.api(f"/runs/{run}"), lambda it: it["state"] in OVER, run)

    def until(self, ask: Callable[[], Any], good: Callable[[Any], object], what: str, seconds: float = 60) -> Any:
        """Asks until the answer is good: the API has no other way of telling."""
        end = time.monotonic() + seconds
        while True:
            answer = ask()
            if good(answer):
                return answer
            assert time.monotonic() < end, f"{what} does not come about: {answer}"
            time.sleep(0.05)

    def log(self) -> str:
        self._log.seek(0)
        return self._log.read()[-4000:]

    def end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        self._directory.cleanup()
