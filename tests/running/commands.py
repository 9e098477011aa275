"""Commands, and what they took: minutes on the clock, and minutes of processors with all that they started."""
from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Took:
    """Seconds on the clock and of processors."""
    wall: float = 0.0
    cpu: float = 0.0

    def __add__(self, other: Took) -> Took:
        return Took(self.wall + other.wall, self.cpu + other.cpu)


class Children:
    """The commands under way, so that none outlives this program."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.groups: set[int] = set()
        self.is_ending = False

    def start(self, command: Sequence[str], environment: Mapping[str, str], log: Path | None) -> subprocess.Popen[bytes]:
        with self.lock:
            if self.is_ending:
                raise InterruptedError
            output = open(log, "ab") if log else None  # pylint: disable=consider-using-with
            try:
                child = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                                         stdout=output, stderr=output, start_new_session=True)
            finally:
                if output:
                    output.close()
            self.groups.add(child.pid)
            return child

    def ended(self, child: subprocess.Popen[bytes]) -> None:
        with self.lock:
            self.groups.discard(child.pid)

    def end_all(self) -> None:
        """Ends every command with what it started, and lets no other begin."""
        with self.lock:
            self.is_ending = True
            for group in self.groups:
                try:
                    os.killpg(group, signal.SIGTERM)
                except ProcessLookupError:
                    pass


CHILDREN = Children()


def run(command: Sequence[str], environment: Mapping[str, str] | None = None, log: Path | None = None) -> tuple[int, Took]:
    """Runs a command in the folder of the project; gives its status and what it took. What it says goes to the log,
    or, without one, where this program's goes."""
    begun = time.monotonic()
    child = CHILDREN.start(command, environment or {}, log)
    # wait4 also counts what the command waited for itself, which is nearly everything.
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    CHILDREN.ended(child)
    return child.returncode, Took(time.monotonic() - begun, usage.ru_utime + usage.ru_stime)


def stop_on_signals() -> None:
    """Ends the commands where this program is told to end."""
    def stop(number: int, _frame: object) -> None:
        CHILDREN.end_all()
        raise SystemExit(128 + number)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def commit() -> str:
    """The commit that is checked out, or nothing where there is none."""
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return asked.stdout.strip() if asked.returncode == 0 else ""


def seed_of(name: str) -> int:
    """A seed that belongs to a commit: always the same, below 2^32."""
    return int(name[:8], 16) if name else 0
