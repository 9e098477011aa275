"""The scene the pages are looked at in: two servers, one with everything and one with nothing, a
source, and events in every state a page can show."""
from __future__ import annotations

import re
from contextlib import ExitStack
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from browser import WIDE, Notebook, signed_in
from server import Server
from source import UNUSUAL, Source, people, person

# The label of the help desk's field.
WHO = "Name, e-mail address or order number"
LETTER = {"from": "DevCon <noreply@devcon.example>", "subject": "Welcome, {{ first_name }}",
          "body_markdown": "# Hello {{ first_name }}\n\nYour e-mail address is **{{ email }}**.\n\n"
                           "- Sign in: {{ sign_in_url }}\n"}
INVITATIONS = {"enabled": True, "sign_in_url": "https://app.devcon.example", "template": LETTER,
               "test_recipients": ["me@devcon.example"]}


def document(source: Source, event: str, name: str, **more: Any) -> dict[str, Any]:
    """The configuration of an event that reads the feed of its own name."""
    return {
        "community": "acme", "event": event, "name": name, "time_zone": "Europe/Amsterdam",
        "source": {"url": f"{source.base}/{event}", "limits": {"requests_per_minute": 6000, "timeout_seconds": 300}},
        "mapping": {"source_id": "id", "email": "email", "first_name": "first", "last_name": "last",
                    "company": "company", "country": "country",
                    "groups": {"path": "groups", "separator": ";"}},
    } | more


class Scene:
    """Who looks, and at what."""

    def __init__(self, binary: str, browser: Browser, ending: ExitStack) -> None:
        self.source = Source()
        ending.callback(self.source.end)
        self.full = Server(binary)
        ending.callback(self.full.end)
        self.bare = Server(binary, "--no-sample")
        ending.callback(self.bare.end)
        self.places: dict[str, Any] = {"source": self.source.base}
        self._build()
        self.visitors: dict[str, tuple[Page, Notebook]] = {}
        self._admit("signed in", signed_in(browser, self.full.base, self.full.token), self.full)
        self._admit("newcomer", signed_in(browser, self.bare.base, self.bare.token), self.bare)
        stranger = browser.new_context(viewport=WIDE, base_url=self.full.base)
        stranger.set_default_timeout(15_000)
        self._admit("stranger", stranger, self.full)

    def _admit(self, who: str, context: BrowserContext, server: Server) -> None:
        page = context.new_page()
        self.visitors[who] = (page, Notebook(page, server.base))

    def add(self, event: str, name: str, feed: Any, **more: Any) -> None:
        self.source.serve(f"/{event}", feed)
        self.full.configure(document(self.source, event, name, **more))

    def _build(self) -> None:
        full = self.full
        full.sync("sample-event")
        full.sync("sample-event")
        self.add("untouched", "Untouched", people(3), community="quiet")
        self.add("nobody", "Nobody registered", [], community="quiet")
        full.sync("nobody")
        self.add("unusual", "An event with a name that is as long as organisers make them, 2026 edition",
                 people(8) + UNUSUAL)
        full.sync("unusual")
        self._failing()
        self._held()
        self._slow()
        self._mailed()
        self._grown()
        self._crowded()
        self._uploaded()

    def _uploaded(self) -> None:
        """An event whose list is uploaded, and one whose list is not there yet."""
        for event in ("uploaded", "listless"):
            self.full.configure(document(self.source, event, event.capitalize()) | {"source": {"upload": True}})
        run = self.full.api("/events/uploaded/upload", "PUT", people(6))["run"]
        self.full.ended(run)

    def _failing(self) -> None:
        self.add("failing", "Failing", people(3), schedule={"auto_sync": "hourly"})
        self.full.sync("failing")
        self.source.serve("/failing", {"error": "maintenance"}, status=404)
        self.full.sync("failing", "failed")
        self.full.sync("failing", "failed")

    def _held(self) -> None:
        for event in ("held", "decided"):
            self.add(event, event.capitalize(), people(40), missing="remove_attendee")
            self.full.sync(event)
            self.source.serve(f"/{event}", people(9))
            self.full.sync(event, "held")
        self.full.api("/runs/decided.2/approve", "POST", {})
        self.full.ended("decided.2")

    def _slow(self) -> None:
        self.add("slow", "Slow", people(5))
        self.source.feeds["/slow"].open.clear()
        self.full.begin("slow")

    def _mailed(self) -> None:
        self.add("mailed", "Mailed", people(12), community="letters",
                 invitations=INVITATIONS)
        self.full.sync("mailed")
        self.full.until(lambda: self.full.api("/events/mailed/invitations")["states"],
                        lambda states: states["sent"] == 12, "twelve sent invitations")
        mails = self.full.api("/mail?limit=5")["items"]
        texts = [self.full.api(f"/mail/{mail['name']}")["text"] for mail in mails]
        links = re.findall(r"Unsubscribe: \S+(/unsubscribe/\S+)", "\n".join(texts))
        self.places |= {"mail": mails[0]["name"], "unsubscribe": links[0], "unsubscribe_too": links[1]}
        self.full.api("/communities/letters/suppressions/person3@example.org", "PUT", {})

    def _crowded(self) -> None:
        """More people than fit on a page, and a ticket that went to somebody else."""
        self.add("crowded", "Crowded", people(130))
        self.full.sync("crowded")
        holder = person(0, first="Noor", last="Haddad", email="noor.haddad@example.org")
        self.source.serve("/crowded", [holder] + people(130)[1:])
        self.full.sync("crowded")

    def _grown(self) -> None:
        """Of those who came in after the first letters, some are not invited."""
        self.add("waiting", "Waiting", people(6), community="letters-to-come")
        self.full.sync("waiting")
        stored = self.full.api("/events/waiting/configuration")
        stored["invitations"] = INVITATIONS
        self.full.configure(stored)
        self.full.api("/communities/letters-to-come/groups/Crew/members/person1@example.org", "PUT", {})
        self.source.serve("/waiting", people(6) + [person(77)])
