"""Hostile people: markup, handlers, templates and addresses that run code, in every field of the
source. Nothing of it may run, even without the page's policy, and all of it shows as text."""
from __future__ import annotations

from typing import Any, Iterator

from playwright.sync_api import Browser, Page

from browser import Notebook, signed_in
from scene import WHO, Scene, document
from source import person

TURN = "\u202e"
PAYLOADS = {
    "script": "<script>window.hostile='script'</script>",
    "handler": "\"><img src=x onerror=window.hostile='handler'>",
    "single": "'><svg onload=window.hostile='single'>",
    "template": "{{7*7}}${7*7}<%= 7*7 %>",
    "entity": "&lt;b&gt;&amp;lt;",
    "address": "javascript:window.hostile='address'",
    "turned": f"ab{TURN}cd",
}
FIELDS = ["title", "first_name", "last_name", "job_title", "company", "country", "additional_info", "biography"]

# A mail with all of a person in it.
LETTER_FIELDS = {
    "Sender": "DevCon <noreply@devcon.example>", "Subject": "{{ first_name }}",
    "Text of the mail, in Markdown": "{{ first_name }} {{ last_name }} {{ company }} {{ biography }}",
    "Show it as this attendee gets it": "person0@example.org"}

# What a page must not have grown: elements and addresses made of what people are called.
GROWN = """() => [
  ...(window.hostile ? ["code ran: " + window.hostile] : []),
  ...[...document.querySelectorAll("img, svg, [onerror], [onload], script:not([src])")]
    .map(it => "an element was made: " + it.outerHTML.slice(0, 120)),
  ...[...document.querySelectorAll("[href], [src], [action], [formaction]")]
    .flatMap(it => ["href", "src", "action", "formaction"].map(name => it.getAttribute(name) || ""))
    .filter(address => /^\\s*(javascript|data|vbscript):/i.test(address))
    .map(address => "an address that runs code: " + address),
]"""


def feed() -> list[dict[str, Any]]:
    """One person per payload, with it in every field; the addresses stay good, so that they get in."""
    return [
        person(number) | {field: payload for field in FIELDS}
        | {"groups": [payload[:90]], "badge": payload, "id": payload}
        for number, payload in enumerate(PAYLOADS.values())]


def hostile(scene: Scene, browser: Browser) -> Iterator[str]:
    """What comes through."""
    scene.source.serve("/hostile", feed())
    mapping = {field: field for field in FIELDS} | {
        "source_id": "id", "email": "email", "groups": "groups", "digital_badge": "badge"}
    full = scene.full
    full.configure(document(scene.source, "hostile", PAYLOADS["script"], mapping=mapping, community="hostile"))
    run = full.sync("hostile")
    if run["added"] < len(PAYLOADS):
        yield f"only {run['added']} of {len(PAYLOADS)} hostile people came in: {full.api('/runs/hostile.1/issues')}"
    # Without the policy, what is not escaped would run.
    with signed_in(browser, full.base, full.token, bypass_csp=True) as context:
        page = context.new_page()
        notes = Notebook(page, full.base)
        for where, found in visited(page):
            yield f"{where}: {found}"
        yield from notes.take()


def visited(page: Page) -> Iterator[tuple[str, str]]:
    for name, path, button, fields in ways():
        page.goto(path)
        for label, text in fields.items():
            page.get_by_label(label).fill(text)
        if button:
            page.get_by_role("main").get_by_role("button", name=button).first.click()
            page.wait_for_load_state()
        for found in page.evaluate(GROWN):
            yield name, found
        read = page.locator("body").text_content() or ""
        wanted = PAYLOADS if name in EVERYBODY else {}
        if name.startswith("person"):
            wanted = {kind: payload for kind, payload in PAYLOADS.items() if kind in name}
        for kind, payload in wanted.items():
            if payload not in read:
                yield name, f"does not show as text: {kind}"


# The pages that show all of them.
EVERYBODY = ("attendees", "groups", "run")


def ways() -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """The pages that show people: name, address, the button to press there, what is typed before."""
    event = "/events/hostile"
    yield "events", "/", "", {}
    yield "attendees", event, "", {}
    yield "groups", f"{event}/groups", "", {}
    yield "runs", f"{event}/runs", "", {}
    yield "run", f"{event}/runs/1", "", {}
    yield "preview", event, "Preview", {}
    yield "configuration", f"{event}/configuration", "", {}
    yield "feed check", f"{event}/configuration", "Check the whole feed", {}
    yield "invitations", f"{event}/invitations", "Preview", LETTER_FIELDS
    yield "help desk", f"{event}/help-desk", "Look up", {WHO: "example.org"}
    for payload in PAYLOADS.values():
        yield "help desk, typed", f"{event}/help-desk", "Look up", {WHO: payload}
    for number, kind in enumerate(PAYLOADS):
        yield f"person ({kind})", f"{event}/help-desk", "Look up", {WHO: f"person{number}@example.org"}
