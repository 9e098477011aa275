"""Whether the test sees what it is there to see: pages are broken on their way to the browser, one
way each, and the check that is meant for it has to say so."""
from __future__ import annotations

from typing import Callable, Iterator

from playwright.sync_api import Browser, Route

import hostile
import keyboard
from audit import VARIANTS, Auditor
from pages import IN, Line, check, visit
from scene import Scene

Check = Callable[[Scene, Auditor, Browser], Iterator[str]]
PAGE = "/events/untouched"
LINE = Line(IN, "broken on purpose", "attendees", visit(PAGE), "No attendees yet.")
CSS, SCRIPT = "**/assets/console.css*", "**/assets/console.js*"


def altered(pattern: str, change: Callable[[str], str], *, policy: bool = True, status: int = 200) -> Callable[[Scene], None]:
    """Has every answer to such an address come changed."""
    def answer(route: Route) -> None:
        real = route.fetch()
        headers = {k: v for k, v in real.headers.items() if policy or k != "content-security-policy"}
        route.fulfill(status=status, headers=headers, body=change(real.text()))

    def begin(scene: Scene) -> None:
        scene.visitors[IN][0].route(pattern, answer)
    return begin


def instead(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text, f"{old!r} is not in the page any more; break something else"
        return text.replace(old, new, 1)
    return change


def more(end: str) -> Callable[[str], str]:
    return lambda text: text + end


def noticed(said: str, *begin: Callable[[Scene], None],
            by: Callable[[Scene, Auditor], Iterator[str]] | None = None) -> Check:
    """The check fails, and says this."""
    def audit(scene: Scene, auditor: Auditor) -> Iterator[str]:
        return check(LINE, scene, auditor, variants=VARIANTS[-2:-1])

    def run(scene: Scene, auditor: Auditor, _: Browser) -> Iterator[str]:
        page, notes = scene.visitors[IN]
        for one in begin:
            one(scene)
        try:
            found = list((by or audit)(scene, auditor))
        finally:
            page.unroute_all(behavior="wait")
            notes.take()
        if not any(said in finding for finding in found):
            yield f"nothing says {said!r}; only: {found}"
    return run


def grown(scene: Scene, _: Auditor) -> Iterator[str]:
    page, _notes = scene.visitors[IN]
    page.goto(PAGE)
    yield from page.evaluate(hostile.GROWN)


def tabs(scene: Scene, _: Auditor) -> Iterator[str]:
    page, _notes = scene.visitors[IN]
    return keyboard.reached(page, PAGE, ["Skip to the content", "Preview"])


HERE = f"**{PAGE}"
H1 = '<h1 dir="auto">'
CHECKS: dict[str, Check] = {
    "a missing text": noticed("its state is not reached", altered(HERE, instead("No attendees yet.", ""))),
    "another status": noticed("answered 503", altered(HERE, str, status=503)),
    "a missing title": noticed("has no title", altered(HERE, lambda text: text.replace("Untouched · Attendee Sync", ""))),
    "a second h1": noticed("has 2 h1", altered(HERE, instead(H1, "<h1>Once more</h1><h1>"))),
    "a field without a label": noticed("axe label at", altered(HERE, instead('<details>', "<details open><input>"))),
    "a button without a name": noticed("axe button-name", altered(HERE, instead("<button>Preview</button>", "<button></button>"))),
    "faint text": noticed("axe color-contrast", altered(CSS, more(".faint, p { color: #bbb; }"))),
    "a page that is too wide": noticed("scrolls sideways", altered(CSS, more(".panel { width: 900px; }"))),
    "an inline script": noticed("Content Security Policy", altered(HERE, instead(H1, "<script>1</script><h1>"))),
    "an inline style": noticed("Content Security Policy", altered(HERE, instead(H1, "<h1 style='color: red'>"))),
    "a foreign picture": noticed("request to another origin", altered(
        HERE, instead(H1, "<img alt='' src='http://127.0.0.1:9/x.png'><h1>"), policy=False)),
    "an error of the script": noticed("script error", altered(SCRIPT, more("\nthrow new Error('x');"))),
    "an asset that fails": noticed("answer 500", altered(SCRIPT, str, status=500)),
    "a focus that cannot be seen": noticed("the focus cannot be seen", altered(
        CSS, more("*:focus-visible { outline: none !important; }")), by=tabs),
    "what the keyboard does not reach": noticed("Tab does not come to 'Preview'", altered(
        HERE, instead("<button>Preview</button>", "<button tabindex='-1'>Preview</button>")), by=tabs),
    "a name that runs": noticed("code ran: handler", altered(
        HERE, instead(H1, "<img src=x onerror=\"window.hostile='handler'\"><h1>"), policy=False), by=grown),
    "an address that runs": noticed("an address that leads elsewhere", altered(
        HERE, instead('href="/"', 'href="JavaScript:alert(1)"')), by=grown),
}
