"""Registration systems that are as unlike each other as can be, and the way to a synced event from each: by an address, a
key and choices alone."""
from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Callable

from source import Source, people

KEY = "k3y-of-the-organiser"
Step = tuple[str, ...]

# How every one of them begins and ends.
BEGIN: list[Step] = [
    ("read", "No event is configured yet."),
    ("link", "Add an event"),
    ("link", "Start with an address"),
    ("fill", "Event name", "DevCon 2026"),
]
END: list[Step] = [
    ("button", "Use this list"),
    ("read", "person0@example.org"),
    ("button", "Continue"),
    ("button", "Continue"),
    ("read", "Check of the whole list"),
    ("read", "Ada Lovelace"),
    ("button", "Save the event"),
    ("read", "The event was saved."),
    ("button", "Sync attendees now"),
]


@dataclass
class Api:
    """One of them: what it serves, and the steps between beginning and end."""
    name: str
    serve: Callable[[Source], Any]
    connect: list[Step]
    read: str
    added: str

    def steps(self) -> list[Step]:
        return [*BEGIN, *self.connect, ("read", self.read), *END, ("read", self.added)]


def _by_link(source: Source) -> None:
    """A bare array, whose pages follow each other by the Link header."""
    def page(asked: dict[str, str], _: Any) -> tuple[Any, dict[str, str]]:
        number = int(asked.get("page", "1"))
        following = f'<{source.base}/v1/attendees?page={number + 1}>; rel="next"'
        return people(45)[(number - 1) * 20:number * 20], {"Link": following} if number < 3 else {}
    source.serve("/v1/attendees", page, wants=("authorization", f"Bearer {KEY}"), asks="Bearer")


def _by_offset(source: Source) -> None:
    """Nested objects, counted; a user name and a password."""
    def page(asked: dict[str, str], _: Any) -> tuple[Any, dict[str, str]]:
        start, many = int(asked.get("offset", "0")), min(int(asked.get("limit", "20")), 20)
        records = [{"uuid": one["id"], "contact": {"email": one["email"], "name": {"given": one["first"], "family": one["last"]},
                    "employer": {"name": one["company"]}},
                    "order": {"state": "cancelled" if number % 9 == 8 else "paid"}}
                   for number, one in enumerate(people(45))]
        return {"result": {"registrants": records[start:start + many], "stages": [{"id": 1, "name": "A"}]},
                "paging": {"offset": start, "limit": many, "total": 45}}, {}
    secret = base64.b64encode(f"anke:{KEY}".encode()).decode()
    source.serve("/api/registrants", page, wants=("authorization", f"Basic {secret}"), asks='Basic realm="api"')


def _by_cursor(source: Source) -> None:
    """GraphQL: a query in the body of a POST, and a cursor that goes into its variables."""
    def page(_: dict[str, str], sent: Any) -> tuple[Any, dict[str, str]]:
        start = int(((sent or {}).get("variables") or {}).get("after") or 0)
        nodes = [{"id": one["id"], "emailAddress": one["email"], "firstName": one["first"], "lastName": one["last"]}
                 for one in people(25)[start:start + 10]]
        return {"data": {"event": {"attendees": {"nodes": nodes, "pageInfo": {
            "hasNextPage": start + 10 < 25, "endCursor": str(start + 10)}}}}}, {}
    source.serve("/graphql", page, wants=("authorization", f"Bearer {KEY}"))


def _by_table(source: Source) -> None:
    """A table with German headers, semicolons between its columns."""
    head = "Buchungsnummer;Vorname;Nachname;E-Mail-Adresse;Firma;Status"
    rows = [f"{one['id']};{one['first']};{one['last']};{one['email']};{one['company']};bestätigt" for one in people(25)]
    source.serve("/export.csv", "\r\n".join([head, *rows, ""]), kind="text/csv; charset=utf-8")


def _nothing(_: Source) -> None:
    """There is no address: the list is a file."""


COMMAND = (
    "curl -X POST '{source}/graphql' -H 'Authorization: Bearer " + KEY + "' -H 'Content-Type: application/json' --data-raw "
    "'{{\"query\":\"query($after: String) {{ event {{ attendees(after: $after) {{ nodes {{ id emailAddress firstName lastName }} "
    "pageInfo {{ hasNextPage endCursor }} }} }} }}\",\"variables\":{{\"after\":null}}}}'")

APIS = [
    Api("a bare array and a Link header", _by_link,
        [("fill", "Address of the list", "{source}/v1/attendees"), ("fill", "Key or password", KEY), ("button", "Connect")],
        "45 people in 3 pages", "45 added"),
    Api("nested objects, offset and total", _by_offset,
        [("fill", "Address of the list", "{source}/api/registrants?offset=0&limit=20"), ("fill", "Key or password", KEY),
         ("button", "Connect"), ("read", "enter the user name"),
         ("fill", "User name, or name of the header or parameter", "anke"), ("button", "Connect")],
        "45 people in 3 pages", "40 added"),
    Api("GraphQL with a cursor", _by_cursor,
        [("open", "Paste a curl command instead"), ("fill", "curl command", COMMAND), ("button", "Connect")],
        "25 people in 3 pages", "25 added"),
    Api("a table with semicolons", _by_table,
        [("fill", "Address of the list", "{source}/export.csv"), ("button", "Connect")],
        "25 people in 1 page", "25 added"),
    Api("an uploaded table", _nothing,
        [("open", "Upload a list instead"), ("file", "List of all people: CSV, XLSX or JSON", "\n".join(
            ["Id,E-mail,First name,Last name", *(f"{one['id']},{one['email']},{one['first']},{one['last']}" for one in people(25))])),
         ("button", "Connect")],
        "25 people in 1 page", "25 added"),
]
