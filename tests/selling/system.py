"""A registration system as it is sold: installed once, started on loopback, asked, ended by its process id."""
from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from selling.product import Wrong  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tests/.tools"
INSTALLING, STARTING, LIMIT = 1800, 300, 3000  # Seconds.


def install(name: str, requirements: Sequence[str], python: str = sys.executable, options: Sequence[str] = ()) -> Path:
    """A Python environment with these packages below tests/.tools, made where it is not there yet; gives its folder."""
    folder = TOOLS / name
    if (folder / "installed").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    print(f"installing {name} ...", flush=True)
    subprocess.run([python, "-m", "venv", folder], check=True, timeout=INSTALLING)
    subprocess.run([folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", *options, *requirements],
                   check=True, timeout=INSTALLING)
    (folder / "installed").touch()
    return folder


def free_port() -> int:
    """A port of loopback that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def late(*_: object) -> None:
    """Ends a trial that takes too long."""
    raise Wrong(f"it is not done after {LIMIT} seconds")


class Stage:
    """The folder and the processes of a trial; whatever happens, nothing of it outlives it."""

    def __init__(self, name: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"attendee-sync-{name}-"))
        self.processes: list[subprocess.Popen[bytes]] = []
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: sys.exit(1))
        signal.signal(signal.SIGALRM, late)
        signal.alarm(LIMIT)

    def start(self, log: str, command: Sequence[str | Path], environment: Mapping[str, str] | None = None,
              **options: Any) -> None:
        """Starts a process that goes on until the stage ends; what it says goes into a file of the folder."""
        with open(self.folder / log, "ab") as output:
            self.processes.append(subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env={**os.environ, **(environment or {})}, cwd=self.folder, start_new_session=True, **options))

    def run(self, command: Sequence[str | Path], environment: Mapping[str, str] | None = None, **options: Any) -> str:
        """Runs a command to its end and gives what it wrote."""
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=INSTALLING,
                              env={**os.environ, **(environment or {})}, cwd=self.folder, **options)
        if done.returncode:
            raise Wrong(f"{command[0]} ends with status {done.returncode}: {done.stdout[-1500:]} {done.stderr[-3000:]}")
        return done.stdout

    def wait(self, what: str, is_there: Callable[[], bool]) -> None:
        """Until something is there, or a process has ended, or it takes too long."""
        until = time.monotonic() + STARTING
        while not is_there():
            if ended := [process for process in self.processes if process.poll() is not None]:
                raise Wrong(f"{what}: {ended[0].args} ended with status {ended[0].returncode}")
            if time.monotonic() > until:
                raise Wrong(f"{what} is not there after {STARTING} seconds")
            time.sleep(0.2)

    def end(self, keep: bool) -> None:
        """Ends what was started, the last first, with what that started itself."""
        signal.alarm(0)
        for process in reversed(self.processes):
            for number in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(process.pid, number)
                    process.wait(timeout=20)
                except ProcessLookupError:
                    break
                except subprocess.TimeoutExpired:
                    continue
        if keep:
            print(f"data and logs are kept in {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)


def is_listening(port: int) -> bool:
    """Whether something takes connections at a port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Api:
    """A JSON interface below one address, with one credential."""

    def __init__(self, base: str, authorization: str) -> None:
        self.base, self.authorization = base, authorization

    def ask(self, method: str, path: str, body: object = None) -> Any:
        request = urllib.request.Request(self.base + path, method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Authorization": self.authorization, "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise Wrong(f"{method} {path}: {error.code} {error.read()[:1000].decode(errors='replace')}") from None
        return json.loads(text) if text else None


def play(name: str, trial: Callable[[Stage, str], str]) -> int:
    """Plays a trial with the program that the command line names, and ends with one line; gives the exit status."""
    default = ROOT / "target/release/attendee-sync"
    binary = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else str(default)
    if not os.access(binary, os.X_OK) or len(sys.argv) > 2:
        print(f"usage: tests/real/{name} BINARY, the program attendee-sync; without one it is {default}")
        return 2
    begun, stage, is_good = time.monotonic(), Stage(name), False
    try:
        line = f"{name}: {trial(stage, binary)}"
        is_good = True
    except (Wrong, OSError, subprocess.SubprocessError) as error:
        line = f"{name}: FAILED: {error}"
    finally:
        stage.end(keep=not is_good)
    print(f"{line} ({time.monotonic() - begun:.0f} s)")
    return 0 if is_good else 1
