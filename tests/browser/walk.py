"""The walk: from an empty directory to the first synced event, as an organiser who has never seen
the console. Only what can be seen is used: labels, and names of buttons and links."""
from __future__ import annotations

import re
import time
from typing import Iterator

from playwright.sync_api import Browser, expect

from apis import APIS, Api
from browser import WIDE, Notebook
from server import Server
from source import Source, people

MOST_INTERACTIONS = 14
# Clicks, besides what is typed: an address, a key and a name.
MOST_CHOICES = 12
MOST_SECONDS = 180
KEY = "k3y-of-the-organiser"

# What they do, one line each: the act, what it is done to, and what is typed or read.
STEPS = [
    ("read", "No event is configured yet."),
    ("link", "Add an event"),
    ("link", "Luma"),
    ("fill", "Name", "DevCon 2026"),
    ("fill", "Community ID", "acme"),
    ("fill", "The address of the API, without /v1", "{source}"),
    ("fill", "The event's API id", "evt-1"),
    ("fill", "The calendar's API key", KEY),
    ("button", "Continue"),
    ("button", "Test connection"),
    ("read", "Connection test"),
    ("read", "Ada Lovelace"),
    ("button", "Add the event"),
    ("link", "Attendees"),
    ("button", "Sync attendees now"),
    ("read", "25 added"),
    ("read", "person24@example.org"),
]

# The same with any system: its address and its key, and then choices alone.
BY_ADDRESS = [
    ("read", "No event is configured yet."),
    ("link", "Add an event"),
    ("link", "Start with an address"),
    ("fill", "Event name", "DevCon 2026"),
    ("fill", "Address of the list", "{source}/registrations"),
    ("fill", "Key or password", KEY),
    ("button", "Connect"),
    ("read", "25 people in 1 page"),
    ("button", "Use this list"),
    ("read", "person0@example.org"),
    ("button", "Continue"),
    ("button", "Continue"),
    ("read", "Ada Lovelace"),
    ("button", "Save the event"),
    ("read", "The event was saved."),
    ("button", "Sync attendees now"),
    ("read", "25 added"),
]


def guests(count: int) -> dict[str, object]:
    """The people, as Luma lists them."""
    return {"has_more": False, "entries": [
        {"guest": {"api_id": one["id"], "email": one["email"], "name": f"{one['first']} {one['last']}",
                   "approval_status": "approved", "event_ticket": {"name": "Standard"}}}
        for one in people(count)]}


def walk(binary: str, browser: Browser) -> Iterator[str]:
    """What is wrong with it; nothing where they arrive in time."""
    yield from take(STEPS, binary, browser)


def by_address(binary: str, browser: Browser) -> Iterator[str]:
    """The same, where no preset knows the system."""
    yield from take(BY_ADDRESS, binary, browser)


def by_api(api: Api, binary: str, browser: Browser) -> Iterator[str]:
    """The same with a system of another kind."""
    yield from take(api.steps(), binary, browser, api)


def take(steps: list[tuple[str, ...]], binary: str, browser: Browser, api: Api | None = None) -> Iterator[str]:
    """Takes these steps on an empty directory."""
    source, server = Source(), None
    try:
        if api:
            api.serve(source)
        source.serve("/v1/event/get-guests", guests(25), wants=("x-luma-api-key", KEY))
        source.serve("/registrations", {"data": {"registrations": people(25)}}, wants=("authorization", f"Bearer {KEY}"))
        server = Server(binary, "--no-sample")
        with browser.new_context(viewport=WIDE) as context:
            context.set_default_timeout(15_000)
            page = context.new_page()
            notes = Notebook(page, server.base)
            began, interactions, choices = time.monotonic(), 1, 0
            page.goto(server.link)
            main = page.get_by_role("main")
            for act, *rest in steps:
                name, text = rest[0], (rest[1:] or [""])[0].format(source=source.base)
                if act == "read":
                    expect(main).to_contain_text(name, timeout=60_000)
                    # A refusal that is read belongs to its page, and to no later one.
                    yield from notes.take()
                    continue
                interactions += 1
                choices += act != "fill"
                if act == "fill":
                    main.get_by_label(name, exact=True).fill(text)
                elif act == "file":
                    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": text.encode()}
                    main.get_by_label(name, exact=True).set_input_files(file)
                elif act == "open":
                    main.get_by_text(name, exact=True).click()
                else:
                    # A card's link begins with its title and goes on with what it is about.
                    found = main.get_by_role(act, name=re.compile(f"^{name}\\b"))  # type: ignore[arg-type]
                    found.filter(visible=True).first.click()
                    page.wait_for_load_state()
            seconds = time.monotonic() - began
            print(f"    {interactions} interactions, {choices} of them choices, {seconds:.1f} s", flush=True)
            if choices > MOST_CHOICES:
                yield f"takes {choices} choices; at most {MOST_CHOICES} are asked of anybody"
            if not api and interactions > MOST_INTERACTIONS:
                yield f"takes {interactions} interactions; at most {MOST_INTERACTIONS} are asked of anybody"
            if seconds > MOST_SECONDS:
                yield f"takes {seconds:.0f} s; at most {MOST_SECONDS}"
            yield from notes.take()
    finally:
        source.end()
        if server:
            server.end()
