"""Runs the parts of the browser test, tells each finding, and ends what it started."""
from __future__ import annotations

import argparse
import signal
import sys
import time
import traceback
from contextlib import ExitStack
from pathlib import Path
from typing import Callable, Iterable

from playwright.sync_api import Browser, sync_playwright

import broken
import hostile
import importing
import keyboard
import names
import no_script
import pages
import phone
import selecting
import walk
from apis import APIS
from audit import Auditor
from browser import chromium
from scene import Scene


HERE = Path(__file__).parent
# Letters of an error: an expectation that fails tells the whole page, several times.
MOST_SAID = 1_500


class Report:
    """What was tried and what was found, told as it comes."""

    def __init__(self, only: str) -> None:
        self._only = only
        self._began = time.monotonic()
        self.tried = self.failed = 0

    def wanted(self, name: str) -> bool:
        return self._only in name

    def of(self, name: str, part: Callable[[], Iterable[object]]) -> None:
        """Runs one part; it fails by what it gives, or by an expectation that does not hold."""
        if not self.wanted(name):
            return
        began, found = time.monotonic(), []
        try:
            # One by one: what was found before an expectation fails is told too.
            for finding in part():
                found.append(str(finding))
        except Exception as error:  # pylint: disable=broad-except
            place = traceback.extract_tb(error.__traceback__)
            ours = [at for at in place if Path(at.filename).parent == HERE][-1]
            said = " / ".join(filter(None, map(str.strip, str(error).splitlines())))
            found.append(f"{Path(ours.filename).name}:{ours.lineno}: {said[:MOST_SAID]}")
        self.tried += 1
        self.failed += bool(found)
        print(f"{'FAILED' if found else 'ok'}: {name} ({time.monotonic() - began:.1f} s)", flush=True)
        for finding in found:
            print(f"    {finding}", flush=True)

    def end(self) -> int:
        print(f"{self.tried - self.failed} passed, {self.failed} failed, {time.monotonic() - self._began:.0f} s")
        return 1 if self.failed or not self.tried else 0


def run(asked: argparse.Namespace, browser: Browser, ending: ExitStack) -> int:
    report = Report(asked.only)
    report.of("the walk to the first synced event", lambda: walk.walk(asked.binary, browser))
    report.of("the walk by an address and a key", lambda: walk.by_address(asked.binary, browser))
    for api in APIS:
        report.of(f"the walk by {api.name}", lambda api=api: walk.by_api(api, asked.binary, browser))  # type: ignore[misc]
    scene = Scene(asked.binary, browser, ending)
    auditor = Auditor(asked.axe, asked.shots)
    for line in pages.PAGES:
        report.of(line.name, lambda line=line: pages.check(line, scene, auditor))  # type: ignore[misc]
    report.of("without JavaScript", lambda: no_script.without_script(scene, browser))
    report.of("the help desk on a phone", lambda: phone.on_a_phone(scene, browser))
    report.of("typed before the session ended", lambda: phone.typed_before(scene, browser))
    report.of("unsaved changes", lambda: phone.unsaved(scene, browser))
    report.of("importing a list", lambda: importing.importing(scene, browser))
    report.of("selecting many people", lambda: selecting.selecting(scene, browser))
    report.of("names of all kinds", lambda: names.of_all_kinds(scene, browser))
    report.of("by keyboard", lambda: keyboard.by_keyboard(scene))
    report.of("hostile people", lambda: hostile.hostile(scene, browser))
    for name, check in broken.CHECKS.items():
        report.of(f"the test notices {name}", lambda check=check: check(scene, auditor, browser))  # type: ignore[misc]
    return report.end()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("binary")
    options.add_argument("--chromium", required=True)
    options.add_argument("--axe", type=Path, required=True)
    options.add_argument("--shots", type=Path, required=True, help="where the screenshots go")
    options.add_argument("--only", default="", help="only parts and pages with this in their name")
    asked = options.parse_args()
    # The last one entered is the first one ended: pages, servers, the browser, and what drives it.
    with sync_playwright() as playwright, chromium(playwright, asked.chromium) as browser, ExitStack() as ending:
        return run(asked, browser, ending)


# As an exception, so that everything that was started is ended.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
sys.exit(main())
