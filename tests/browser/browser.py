"""The browser, and what it notices by itself while pages are open: errors on the console, violations
of the Content-Security-Policy, answers of 5xx, requests to other origins, dialogs."""
from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import Iterator

from playwright.sync_api import (
    Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, Response, ViewportSize)

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--no-first-run",
             "--hide-scrollbars", "--force-color-profile=srgb"]
WIDE: ViewportSize = {"width": 1440, "height": 900}
NARROW: ViewportSize = {"width": 375, "height": 812}


@contextmanager
def chromium(playwright: Playwright, path: str) -> Iterator[Browser]:
    with tempfile.TemporaryDirectory(prefix="attendee-sync-browser-") as home:
        browser = playwright.chromium.launch(
            executable_path=path, args=ARGUMENTS, env={"HOME": home, "TMPDIR": home, "PATH": "/usr/bin:/bin"})
        try:
            yield browser
        finally:
            browser.close()


class Notebook:
    """What was noticed of one page since it was last asked."""

    def __init__(self, page: Page, base: str) -> None:
        self._base = base + "/"
        self._findings: list[str] = []
        self._refusals: list[str] = []
        self.status = 0
        self._page = page
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._findings.append(f"script error: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)
        page.on("dialog", self._dialog)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        # The browser says this of the page itself too, whose status the caller knows.
        if message.text.startswith("Failed to load resource"):
            self._refusals.append(message.location.get("url", ""))
            return
        self._findings.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self._base, "data:", "about:", "blob:")):
            self._findings.append(f"request to another origin: {request.url}")

    def _response(self, response: Response) -> None:
        request = response.request
        of_page = request.is_navigation_request() and request.frame == self._page.main_frame
        if of_page:
            self.status = response.status
        elif response.status >= 400:
            self._findings.append(f"answer {response.status} to {response.url}")

    def _dialog(self, dialog: object) -> None:
        self._findings.append("a dialog was opened")
        dialog.dismiss()  # type: ignore[attr-defined]

    def take(self) -> list[str]:
        """What was noticed, once."""
        found, self._findings = self._findings, []
        found += [f"could not be loaded: {url}" for url in self._refusals
                  if url != self._page.url.split("#")[0] and not self.status >= 400]
        self._refusals = []
        return list(dict.fromkeys(found))


def signed_in(browser: Browser, base: str, token: str, **options: object) -> BrowserContext:
    """A context of its own with a session of its own."""
    context = browser.new_context(viewport=WIDE, base_url=base, **options)  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("API token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(base + "/")
    page.close()
    return context
