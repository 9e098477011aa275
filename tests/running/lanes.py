"""Steps in lanes: those of a lane one after the other, lanes beside each other, so that no processor waits for a
network or a browser. The first lane is shown as it goes; what another one says is shown only where it fails."""
from __future__ import annotations

import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from running.commands import CHILDREN, Took, run


@dataclass
class Step:
    """A piece of the whole."""
    name: str
    does: str
    commands: Sequence[Sequence[str]]
    lane: int = 0
    needs: Sequence[str] = ()
    environments: Sequence[Mapping[str, str]] = ()
    # Of what it says, the lines that begin so are repeated at the very end.
    closes_with: str | None = None
    took: Took = field(default_factory=Took)
    state: str = "not begun"
    closing: list[str] = field(default_factory=list)

    def environment(self, place: int) -> Mapping[str, str]:
        return self.environments[place] if self.environments else {}


class Lanes:
    """The steps of one run. Once a step failed, no other begins."""

    def __init__(self, steps: Sequence[Step], logs: Path) -> None:
        self.steps = list(steps)
        self.logs = logs
        self.changed = threading.Condition()
        self.begun = time.monotonic()
        self.wall = 0.0

    def run(self) -> bool:
        """Runs all steps; tells whether all succeeded."""
        self.logs.mkdir(parents=True, exist_ok=True)
        lanes = sorted({step.lane for step in self.steps})
        threads = [threading.Thread(target=self._run_lane, args=(lane, lane == lanes[0]), daemon=True) for lane in lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.5)  # Leaves room for signals.
        self.wall = time.monotonic() - self.begun
        return all(step.state == "ok" for step in self.steps)

    def _run_lane(self, lane: int, is_shown: bool) -> None:
        try:
            for step in self.steps:
                if step.lane == lane:
                    if not self._may_begin(step):
                        return
                    self._run_step(step, is_shown)
        except InterruptedError:
            pass

    def _may_begin(self, step: Step) -> bool:
        """Waits for what the step needs; not where something failed."""
        def states(names: Sequence[str]) -> set[str]:
            return {other.state for other in self.steps if other.name in names}
        with self.changed:
            self.changed.wait_for(lambda: self._has_failed() or states(step.needs) <= {"ok"})
            return not self._has_failed()

    def _has_failed(self) -> bool:
        return any(step.state == "FAILED" for step in self.steps)

    def _run_step(self, step: Step, is_shown: bool) -> None:
        log = self.logs / f"{step.name}.log"
        log.write_bytes(b"")
        self._say(f"\n== {step.name}: {step.does}" if is_shown else f"-- {step.name} begins beside it: {step.does}")
        status = 0
        for place, command in enumerate(step.commands):
            if is_shown and step.closes_with:
                command = ["bash", "-c", 'set -o pipefail; "${@:2}" 2>&1 | tee -a "$1"', "tee", str(log), *command]
            try:
                status, took = run(command, step.environment(place), None if is_shown else log)
                step.took += took
            except OSError as error:
                self._say(f"{command[0]} cannot be started: {error}")
                status = 127
            if status != 0:
                break
        if step.closes_with:
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            step.closing = [line for line in lines if line.strip().startswith(step.closes_with)]
        with self.changed:
            if not CHILDREN.is_ending:
                self._tell_end(step, status, None if is_shown else log)
            step.state = "ok" if status == 0 else "FAILED"
            self.changed.notify_all()

    def _tell_end(self, step: Step, status: int, log: Path | None) -> None:
        minutes = f"{step.took.wall / 60:.1f} min"
        if status == 0:
            self._say(f"-- {step.name}: ok in {minutes}")
            return
        if log:
            self._say(f"\n-- all that {step.name} said:\n" + log.read_text(encoding="utf-8", errors="replace"))
        self._say(f"-- {step.name}: FAILED with status {status} after {minutes}")

    @staticmethod
    def _say(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def table(self) -> str:
        """Minutes of each step, and of all."""
        total = sum((step.took for step in self.steps), Took())
        rows = [("step", "minutes", "CPU minutes", "")]
        rows += [(step.name, f"{step.took.wall / 60:.1f}", f"{step.took.cpu / 60:.1f}", step.state) for step in self.steps]
        rows.append(("all, on the clock", f"{self.wall / 60:.1f}", f"{total.cpu / 60:.1f}", ""))
        return "\n".join(f"{name:18} {wall:>8} {cpu:>12}  {state}".rstrip() for name, wall, cpu, state in rows)
