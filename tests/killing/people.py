"""Who is in the source at which time, and what must have become of them: a model of the product in a few lines."""
from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]
GROUPS = ["Regular", "Speakers", "Press", "Workshop"]
COMMUNITY, EVENT = "acme", "devcon"


def document(url: str, missing: str) -> dict[str, Any]:
    """The event's configuration."""
    return {
        "community": COMMUNITY, "event": EVENT, "name": "DevCon",
        "source": {"url": url, "records": "$.results[*]", "pagination": {"type": "next_link", "path": "next"},
                   "limits": {"requests_per_minute": 100_000}},
        "mapping": {"source_id": "id", "email": "email", "first_name": "first", "last_name": "last",
                    "company": "company", "groups": "tags"},
        "delete_flag": {"path": "erased"},
        "rules": [{"when": "testmode", "then": "ignore"},
                  {"when": "status == 'cancelled'", "then": "remove_attendee"},
                  {"when": "ticket == 'VIP'", "then": {"add_group": "VIP"}}],
        "missing": missing,
        "guards": {"removals_percent": 60},
        "invitations": {"enabled": True, "limit_per_run": 10_000, "template": {
            "from": "DevCon <noreply@devcon.example>", "subject": "Welcome, {{ first_name }}",
            "body_markdown": "Hello {{ first_name }} of {{ company }}, your groups: {{ groups | join(', ') }}."}}}


@dataclass
class Person:
    """What an attendee must look like."""
    first: str | None
    last: str | None
    company: str | None
    groups: frozenset[str]
    attending: bool = True


@dataclass
class Outcome:
    """What must be there after a sync, whatever happened in between."""
    attendees: dict[str, Person] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    actions: dict[str, str] = field(default_factory=dict)  # By address, but for the erased.
    invited: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    twice: set[str] = field(default_factory=set)  # In several records: they may come in two batches.

    def groups(self) -> Counter[str]:
        return Counter(group for person in self.attendees.values() if person.attending for group in person.groups)


class Population:
    """A source of so many people, as it is at the first, the second and the third sync."""

    def __init__(self, count: int, seed: object) -> None:
        self.chance = random.Random(f"people {seed}")
        self.feeds: list[list[Record]] = [[], [], []]
        numbers = list(range(count))
        self.chance.shuffle(numbers)
        known, new = numbers[:count // 2], numbers[count // 2:]
        self._known(known)
        self._new(new)
        for feed in self.feeds:
            self.chance.shuffle(feed)

    def _known(self, numbers: list[int]) -> None:
        """People of the first feed. In the third a part is changed, taken out, back again, erased, not there."""
        few = max(2, len(numbers) // 20)
        for place, number in enumerate(numbers):
            first = self._record(number)
            second = third = first
            match place // few:
                case 0:
                    third = first | {"status": "cancelled"}
                case 1:
                    third = first | {"erased": "yes"}
                case 2:
                    second = first | {"status": "cancelled"}
                case 3:
                    third = None
                case 4 | 5 | 6:
                    third = first | {"company": f"Company {number} Ltd", "tags": [GROUPS[(number + 1) % 4]]}
                case 7:
                    third = first | {"ticket": "Regular" if first["ticket"] == "VIP" else "VIP"}
                case 8:
                    further = first | {"id": f"T-{number}-b", "tags": ["Workshop"], "status": "confirmed"}
                    for feed in self.feeds[:2]:
                        feed.append(further)
                    self.feeds[2].append(further | {"status": "cancelled"})
                case 9:
                    for feed in self.feeds[:2]:
                        feed.append(first | {"id": f"T-{number}-b", "tags": [GROUPS[(number + 1) % 4]]})
            for feed, record in zip(self.feeds, (first, second, third)):
                if record:
                    feed.append(record)

    def _new(self, numbers: list[int]) -> None:
        """People of the third feed alone. Some are in it twice; some are none to be taken."""
        few = max(2, len(numbers) // 40)
        for place, number in enumerate(numbers):
            record = self._record(number)
            match place // few:
                case 0:
                    record["status"] = "cancelled"
                case 1:
                    record["testmode"] = True
                case 2:
                    record["email"] = f"person{number}.example.org"
                case 3:
                    self.feeds[2].append(record | {"id": f"T-{number}-b", "tags": ["Press"]})
            self.feeds[2].append(record)

    def _record(self, number: int) -> Record:
        return {"id": f"T-{number}", "email": f"person{number}@example.org", "first": f"First{number}",
                "last": f"Last{number}", "company": f"Company {number % 17}", "tags": [GROUPS[number % 4]],
                "ticket": "VIP" if number % 7 == 0 else "Regular", "status": "confirmed", "testmode": False,
                "erased": "no", "note": "n" * 200}

    def outcomes(self, missing: str) -> list[Outcome]:
        """What each of the three syncs must come to."""
        outcomes: list[Outcome] = []
        before = Outcome()
        for feed in self.feeds:
            before = synced(before, feed, missing)
            outcomes.append(before)
        return outcomes


def synced(before: Outcome, feed: list[Record], missing: str) -> Outcome:
    """What a sync of this feed makes of what was there."""
    after = Outcome(attendees=dict(before.attendees), invited=set(before.invited), erased=set(before.erased))
    after.counts["records_read"] = len(feed)
    people: dict[str, list[Record]] = {}
    for record in feed:
        if record["testmode"]:
            after.counts["ignored"] += 1
        elif "@" not in record["email"]:
            after.counts["rejected"] += 1
        else:
            people.setdefault(record["email"], []).append(record)
    after.twice = {address for address, records in people.items() if len(records) > 1}
    for address, records in people.items():
        action = _take(after, address, records)
        after.counts["unchanged"] += len(records) - bool(action)
        if action:
            after.counts[action] += 1
    if missing == "remove_attendee":
        for address in after.attendees.keys() - people.keys():
            if after.attendees[address].attending:
                _remove(after, address)
                after.counts["missing_removed"] += 1
    return after


def _take(after: Outcome, address: str, records: list[Record]) -> str | None:
    known = after.attendees.get(address)
    if any(record["erased"] == "yes" for record in records):
        if not known:
            return None
        del after.attendees[address]
        after.erased.add(address)
        after.counts["erased"] += 1
        return "removed"
    live = [record for record in records if record["status"] != "cancelled"]
    if not live:
        if not known:
            # Noted, so that the help desk can tell why they may not come in; without a profile.
            after.attendees[address] = Person(None, None, None, frozenset(), attending=False)
        if not known or not known.attending:
            return None
        _remove(after, address)
        return "removed"
    groups = {tag for record in live for tag in record["tags"]}
    groups |= {"VIP" for record in live if record["ticket"] == "VIP"}
    person = Person(live[0]["first"], live[0]["last"], live[0]["company"], frozenset(groups))
    after.attendees[address] = person
    if known == person:
        return None
    after.actions[address] = "updated" if known and known.attending else "added"
    if address not in after.invited:
        after.invited.add(address)
        after.counts["invitations_queued"] += 1
    return after.actions[address]


def _remove(after: Outcome, address: str) -> None:
    person = after.attendees[address]
    after.attendees[address] = Person(person.first, person.last, person.company, frozenset(), attending=False)
    after.actions[address] = "removed"
