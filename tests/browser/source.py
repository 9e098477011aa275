"""A registration system of one's own: small lists of people over HTTP that can be changed, refused,
broken and held back while they are read."""
from __future__ import annotations

import http.server
import json
import socketserver
import threading
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

Person = dict[str, Any]


@dataclass
class Feed:
    """What one path answers: a body, text as it is and everything else as JSON; or what makes one, and headers, of the
    parameters of a request and the JSON that came with it."""
    body: Any
    status: int = 200
    kind: str = "application/json"
    # Header and value that a request must have.
    wants: tuple[str, str] | None = None
    # What it says it wants, where it refuses.
    asks: str = ""
    # Held back until it is set.
    open: threading.Event = field(default_factory=threading.Event)


def person(number: int, **more: Any) -> Person:
    """One of the ordinary people: the same for a number every time."""
    first = ("Ada", "Bo", "Chidi", "Dana", "Eun-ji", "Femke", "Goran", "Hana")[number % 8]
    last = ("Lovelace", "Ek", "Anagonye", "Scully", "Park", "de Vries", "Ivić", "Nováková")[number // 8 % 8]
    return {"id": f"T-{1000 + number}", "email": f"person{number}@example.org", "first": first,
            "last": last, "company": ("Northwind", "Contoso", "Analytical Engines")[number % 3],
            "country": ("NL", "SE", "CZ")[number % 3],
            "groups": "VIP;Speakers" if number % 5 == 0 else "Regular"} | more


def people(count: int) -> list[Person]:
    return [person(number) for number in range(count)]


# The longest that people really have, and one that is broken.
UNUSUAL: list[Person] = [
    person(900, first="Hubert Blaine", last="Wolfeschlegelsteinhausenbergerdorff",
           email="hubert.blaine.wolfeschlegelsteinhausenbergerdorff@department.of.records.example.org",
           company="Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"),
    person(901, first="", last="", email="no-name@example.org"),
    person(902, email="no at sign"),
    # From right to left, twice as wide as others without a blank, and of several code points each.
    person(904, first="عبد الرحمن بن محمد", last="الشريف المصري", company="شركة الشرق للمؤتمرات والمعارض"),
    person(905, first="寿限無寿限無五劫の擦り切れ海砂利水魚の水行末雲来末風来末", last="食う寝る処に住む処", company="東京国際展示場運営委員会"),
    person(906, first="👩‍👩‍👧‍👦🏳️‍🌈👨🏽‍🚀" * 8, last="🎉" * 30),
    person(903, groups="A group with a name that is as long as people make them when nobody stops them"),
]


class Source(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """The server; feeds by path."""
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.feeds: dict[str, Feed] = {}
        self.base = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def serve(self, path: str, body: Any, **more: Any) -> Feed:
        feed = Feed(body, **more)
        feed.open.set()
        self.feeds[path] = feed
        return feed

    def end(self) -> None:
        for feed in self.feeds.values():
            feed.open.set()
        self.shutdown()
        self.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Source

    def do_POST(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        asked = urllib.parse.urlsplit(self.path)
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        feed = self.server.feeds.get(asked.path, Feed({}, status=404))
        if feed.status != 404:
            feed.open.wait(timeout=120)
        refused = feed.wants and self.headers[feed.wants[0]] != feed.wants[1]
        answer, headers = feed.body, {}
        if callable(answer):
            answer, headers = answer(dict(urllib.parse.parse_qsl(asked.query)), json.loads(sent or b"null"))
        if refused:
            answer, headers = {}, {"WWW-Authenticate": feed.asks} if feed.asks else {}
        body = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        self.send_response(401 if refused else feed.status)
        self.send_header("Content-Type", feed.kind)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass  # The reader went away.

    def log_message(self, *_: Any) -> None:
        pass
