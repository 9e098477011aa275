"""Hostile people and hostile visitors: markup, handlers, templates and addresses that run code, in
every field of the source, in the names of its fields, in what organisers write, in every field of
every form and in the addresses of pages. Nothing of it may run, even without the page's policy, and
what pages show of it is text."""
from __future__ import annotations

import urllib.parse
from typing import Any, Iterator

from playwright.sync_api import Browser, Page, expect

from browser import Notebook, signed_in
from pages import chosen
from scene import WHO, Scene, document
from server import Server
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
# As much of a markup as an address may have, before the @ sign.
MAILBOX = "o'onload=x&lt{{7*7}}`%0d@example.org"

# Breaks out of whatever it may stand in.
ALL = "'\"></textarea></title></script><script>window.hostile='typed'</script><img src=x onerror=window.hostile='typed'>"

# A mail with all of a person in it.
LETTER_FIELDS = {
    "Sender": "DevCon <noreply@devcon.example>", "Subject": "{{ first_name }}",
    "Text of the mail, in Markdown": "{{ first_name }} {{ last_name }} {{ company }} {{ biography }}",
    "Preview for this attendee": "person0@example.org"}

# What a page must not have grown: elements and addresses made of what people are called.
GROWN = """() => [
  ...(window.hostile ? ["code ran: " + window.hostile] : []),
  ...[...document.querySelectorAll("img, svg, [onerror], [onload], script:not([src])")]
    .map(it => "an element was made: " + it.outerHTML.slice(0, 120)),
  ...[...document.querySelectorAll("[href], [src], [action], [formaction]")]
    .flatMap(it => ["href", "src", "action", "formaction"].map(name => it.getAttribute(name) || ""))
    .filter(address => /^\\s*(javascript|data|vbscript):/i.test(address)
      || /^([a-z]+:)?[\\/\\\\]{2}/i.test(address) && new URL(address, location).origin !== location.origin
        && address.includes("hostile"))
    .map(address => "an address that leads elsewhere: " + address),
]"""

# Puts a text into every field of a form, also into those that are not seen: all but the one that
# proves where the form comes from, which is looked at before all others.
FILL = """(form, text) => {
  form.noValidate = true;
  form.target = "";
  const kinds = ["text", "search", "email", "url", "number", "password", "date", "time", "datetime-local", "hidden"];
  let filled = 0;
  for (const it of form.elements) {
    if (it.name === "csrf" || it.tagName === "FIELDSET" || it.tagName === "BUTTON") continue;
    if (it.tagName === "TEXTAREA") it.value = text;
    else if (it.tagName === "SELECT") it.selectedOptions.length && (it.selectedOptions[0].value = text);
    else if (kinds.includes(it.type)) { const seen = it.type !== "hidden"; if (seen) it.type = "text"; it.value = text; filled += seen; }
    if (it.tagName === "TEXTAREA") filled += 1;
  }
  return filled;
}"""

# In which fields a text stands, as it was typed.
KEPT = "text => [...document.querySelectorAll('input, textarea')].filter(it => it.value === text).length"

# What stands behind the question mark of some page or other.
ASKED = ["done", "saved", "after", "before", "cursor", "search", "group", "country", "invitation", "status", "sort",
         "changed_in", "action", "severity", "code", "field", "error", "next", "return", "token", "q", "view"]


def feed() -> list[dict[str, Any]]:
    """One person per payload, with it in every field and as the name of one; the addresses stay good, so
    that they get in. Then those that cannot be taken, with payloads where they are wrong."""
    good = [
        person(number) | {field: payload for field in FIELDS}
        | {"groups": [payload[:90]], "badge": payload, "id": payload, payload: payload}
        for number, payload in enumerate(PAYLOADS.values())]
    return good + [person(50, first_name="Quirk", last_name="Mailbox") | {"email": MAILBOX}] + [
        person(100 + number) | {"email": payload, "id": payload, "erased": payload, "first_name": "", payload: payload}
        for number, payload in enumerate(PAYLOADS.values())]


def configured(scene: Scene, event: str, name: str, **more: Any) -> dict[str, Any]:
    """What organisers write, with a payload wherever there is text."""
    mapping: dict[str, Any] = {field: field for field in FIELDS} | {
        "source_id": "id", "email": "email", "groups": "groups", "digital_badge": "badge"}
    written = document(scene.source, event, name, mapping=mapping, community="hostile", **more)
    written["source"]["headers"] = {"X-Written": PAYLOADS["handler"]}
    written["source"]["url"] += "?kind=<script>'\"&lt;"
    written["delete_flag"] = {"path": "erased", "true_values": [PAYLOADS["script"]], "false_values": ["", PAYLOADS["single"]]}
    written["rules"] = [
        {"when": f"title == '{payload}'" if "'" not in payload else f"title == {quoted(payload)}", "then": {"add_group": payload[:90]}}
        for payload in PAYLOADS.values()]
    written["mapping"]["country"] = {"path": "country", "default": PAYLOADS["handler"]}
    return written


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def hostile(scene: Scene, browser: Browser) -> Iterator[str]:
    """What comes through."""
    full = scene.full
    yield from set_up(scene, full)
    # Without the policy, what is not escaped would run.
    with signed_in(browser, full.base, full.token, bypass_csp=True) as context:
        page = context.new_page()
        notes = Notebook(page, full.base)
        for where, found in (*visited(page, full), *selected(page), *asked(page), *typed(page)):
            yield f"{where}: {found}"
        # Refused pages and values that are no times are wanted here.
        wanted = ("could not be loaded", "console warning: The specified value")
        yield from (found for found in notes.take() if not found.startswith(wanted))


def set_up(scene: Scene, full: Server) -> Iterator[str]:
    scene.source.serve("/hostile", feed())
    full.configure(configured(scene, "hostile", PAYLOADS["script"]))
    run = full.sync("hostile")
    if run["added"] < len(PAYLOADS) + 1 or run["rejected"] < len(PAYLOADS):
        yield f"of the hostile people came in or were refused fewer than sent: {run} {full.api('/runs/hostile.1/issues')}"
    # An event of each name, and what they are called in the audit log and the list of events.
    for number, payload in enumerate(PAYLOADS.values()):
        scene.source.serve(f"/hostile-{number}", [])
        full.configure(configured(scene, f"hostile-{number}", payload))
        group = urllib.parse.quote(payload[:90], safe="")
        full.api(f"/communities/hostile/groups/{group}/members/person{number}%40example.org", "PUT", {})
    # A source that fails, and says so with markup wherever it can.
    scene.source.serve("/hostile-failing", {"error": PAYLOADS["script"]}, kind=f"text/html; charset={PAYLOADS['handler']}")
    full.configure(configured(scene, "hostile-failing", PAYLOADS["handler"]))
    full.sync("hostile-failing", "failed")
    # Mails to all of them, and one of them on the suppression list.
    letter = {"from": "&lt;b&gt; {{7*7}} 'x' <noreply@devcon.example>", "reply_to": MAILBOX,
              "subject": "{{ first_name }} <script>window.hostile='subject'</script> {{ groups | join }}",
              "body_markdown": "\\<script> {{ first_name }} [{{ last_name }}]({{ biography }}) {{ company }}\n\n{{ badge_url }} {{ title }} {{ groups | join }}"}
    scene.source.serve("/hostile-mailed", feed())
    full.configure(configured(scene, "hostile-mailed", PAYLOADS["single"], invitations={"enabled": True, "template": letter}))
    full.sync("hostile-mailed")
    full.until(lambda: full.api("/events/hostile-mailed/invitations")["states"],
               lambda states: states["sent"] == len(PAYLOADS) + 1, "invitations to hostile people")
    full.api(f"/communities/hostile/suppressions/{urllib.parse.quote(MAILBOX, safe='')}", "PUT", {})


def visited(page: Page, full: Server) -> Iterator[tuple[str, str]]:
    """The pages that show people and what organisers wrote."""
    for name, path, button, fields in (*ways(), *mails(full)):
        page.goto(path)
        for label, text in fields.items():
            page.get_by_label(label).fill(text)
        if button:
            page.get_by_role("main").get_by_role("button", name=button).first.click()
            page.wait_for_load_state()
        if name == "feed check":
            expect(page.locator("body")).to_contain_text("Check again")
        for found in page.evaluate(GROWN):
            yield name, found
        read = page.locator("body").text_content() or ""
        wanted = PAYLOADS if name in EVERYBODY else {}
        if "(" in name:
            wanted = {kind: payload for kind, payload in PAYLOADS.items() if f"({kind})" in name}
        # What turns the text after it round is taken out of what people and groups are called.
        is_written = name in WRITTEN or name.startswith("event named")
        for kind, payload in wanted.items():
            if (payload if is_written else payload.replace(TURN, "")) not in read:
                yield name, f"does not show as text: {kind}"
        if not is_written and wanted and TURN in read:
            yield name, "turns text round"


# Those that show what organisers wrote, as they wrote it.
WRITTEN = ("events", "configuration as text")
# The pages that show all of them.
EVERYBODY = ("events", "attendees", "groups", "run", "audit log", "configuration as text", "mails")


def ways() -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """The pages that show people: name, address, the button to press there, what is typed before."""
    event = "/events/hostile"
    yield "events", "/", "", {}
    yield "attendees", event, "", {}
    yield "groups", f"{event}/groups", "", {}
    yield "runs", f"{event}/runs", "", {}
    yield "run", f"{event}/runs/1", "", {}
    yield "run that failed", "/events/hostile-failing/runs/1", "", {}
    yield "runs that failed", "/events/hostile-failing/runs", "", {}
    yield "event that fails", "/events/hostile-failing", "", {}
    yield "preview that fails", "/events/hostile-failing", "Preview", {}
    yield "preview", event, "Preview", {}
    yield "configuration", f"{event}/configuration", "", {}
    yield "configuration, tested", f"{event}/configuration", "Test connection", {}
    yield "configuration, failing", "/events/hostile-failing/configuration", "Test connection", {}
    yield "configuration as text", f"{event}/configuration/document", "", {}
    yield "feed check", f"{event}/configuration", "Check the whole feed", {}
    yield "delete", f"{event}/delete", "", {}
    yield "invitations", f"{event}/invitations", "Preview", LETTER_FIELDS
    yield "invite", "/events/hostile-mailed/invitations/invite", "", {}
    yield "invitations, written", "/events/hostile-mailed/invitations", "", {}
    yield "audit log", "/communities/hostile/audit", "", {}
    yield "suppressions", "/communities/hostile/suppressions", "", {}
    yield "help desk", f"{event}/help-desk", "Look up", {WHO: "example.org"}
    yield "help desk, mailbox", f"{event}/help-desk", "Look up", {WHO: MAILBOX}
    for payload in PAYLOADS.values():
        yield "help desk, typed", f"{event}/help-desk", "Look up", {WHO: payload}
    for number, (kind, payload) in enumerate(PAYLOADS.items()):
        yield f"person ({kind})", f"{event}/help-desk", "Look up", {WHO: f"person{number}@example.org"}
        yield f"group ({kind})", f"{event}/groups/{urllib.parse.quote(payload[:90].lower(), safe='')}", "", {}
        yield f"event named ({kind})", f"/events/hostile-{number}", "", {}
        yield f"invited person ({kind})", "/events/hostile-mailed/help-desk", "Look up", {WHO: f"person{number}@example.org"}


def mails(full: Server) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """The folder, each mail there, and its HTML as a page of its own."""
    yield "mails", "/mail", "", {}
    for mail in full.api("/mail?limit=50")["items"]:
        if "hostile" in mail["subject"]:
            yield "mail", f"/mail/{mail['name']}", "", {}
            yield "mail alone", f"/mail/{mail['name']}/html", "", {}


PLACES = [
    "/", "/account", "/tokens", "/new-event", "/new-event/form", "/new-event/presets/pretix", "/mail", "/communities/hostile/audit",
    "/communities/hostile/suppressions", *(f"/events/hostile{rest}" for rest in (
        "", "/groups", "/help-desk", "/runs", "/runs/1", "/configuration", "/configuration/document", "/doctor", "/hooks",
        "/delete", "/invitations", "/invitations/invite"))]


def selected(page: Page) -> Iterator[tuple[str, str]]:
    """What is asked about people who were ticked, with a group of a name."""
    for action in ("Remove from the event and block", "Add to a group"):
        group = PAYLOADS["handler"] if action == "Add to a group" else ""
        chosen("/events/hostile", action, group)(page, {})
        expect(page.locator("body")).to_contain_text("Back")
        yield from ((f"selection, {action}", found) for found in page.evaluate(GROWN))


def asked(page: Page) -> Iterator[tuple[str, str]]:
    """Every page, asked for with payloads behind the question mark, and with one for a name."""
    for payload in (ALL, "//evil.example/hostile"):
        query = urllib.parse.urlencode({name: payload for name in ASKED})
        for place in [*PLACES, "/sign-in"]:
            page.goto(f"{place}?{query}")
            yield from ((f"{place} asked for {payload}", found) for found in page.evaluate(GROWN))
            if urllib.parse.urlsplit(page.url).path != place:
                yield place, f"asked for {payload}, leads to {page.url}"
        name = urllib.parse.quote(payload, safe="")
        for place in [f"/{name}", f"/events/{name}", f"/events/hostile/runs/{name}", f"/events/hostile/groups/{name}",
                      f"/events/hostile/people/{name}", f"/communities/{name}/audit", f"/mail/{name}", f"/unsubscribe/{name}",
                      f"/new-event/presets/{name}", f"/failed-jobs/{name}"]:
            page.goto(place)
            yield from ((f"{place}", found) for found in page.evaluate(GROWN))


def typed(page: Page) -> Iterator[tuple[str, str]]:
    """Every form with a payload in all of its fields, sent by each of its buttons."""
    tried = kept = 0
    for place in [*PLACES, "/events/hostile/people"]:
        start(page, place)
        forms = page.locator("form")
        for form, buttons in enumerate([it.locator("button").count() for it in forms.all()]):
            for button in range(buttons):
                start(page, place)
                here = forms.nth(form)
                if "sign-out" in (here.get_attribute("action") or "") or not here.evaluate(FILL, ALL):
                    continue
                with page.expect_navigation():
                    here.locator("button").nth(button).evaluate("it => it.click()")
                tried += 1
                kept += page.evaluate(KEPT, ALL)
                yield from ((f"form {form} of {place}, button {button}", found) for found in page.evaluate(GROWN))
    if tried < 40 or kept < 200:
        yield "forms", f"only {tried} were sent, and only {kept} fields kept what was typed: the test looks at nothing"


def start(page: Page, place: str) -> None:
    """A page to type into; a person's is found by the help desk."""
    if place.endswith("/people"):
        page.goto("/events/hostile/help-desk")
        page.get_by_label(WHO).fill("person1@example.org")
        page.get_by_role("main").get_by_role("button", name="Look up").first.click()
        page.wait_for_load_state()
    else:
        page.goto(place)
