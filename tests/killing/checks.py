"""What is seen of the product after it went on by itself, and what of that is wrong."""
from __future__ import annotations

import datetime
import os
import pickle
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .people import COMMUNITY, EVENT, Outcome
from .post import Delivery
from .product import Product

COUNTED = ("added", "updated", "unchanged", "removed", "rejected", "ignored")
CHANGED = ("added", "updated", "removed", "erased", "missing_removed", "invitations_queued")


@dataclass
class Seen:
    """Everything that people could ask."""
    attendees: dict[str, dict[str, Any]]
    groups: dict[str, int]
    runs: list[dict[str, Any]]
    changes: list[list[dict[str, Any]]]  # For each run, the oldest first.
    export: str
    invitations: dict[str, Any]
    deliveries: list[Delivery] = field(default_factory=list)
    unanswered: set[str] = field(default_factory=set)  # The mail server broke off.
    kills: list[float] = field(default_factory=list)  # Seconds since 1970.


def see(product: Product) -> Seen:
    """Asks the API for all of it."""
    runs = sorted(product.all(f"/events/{EVENT}/runs"), key=lambda run: int(run["run"].rpartition(".")[2]))
    attendees = product.all(f"/events/{EVENT}/attendees?status=all")
    export = product.text(f"/events/{EVENT}/attendees.csv?status=all")
    runs, changes = _joined(runs, [product.all(f"/runs/{run['run']}/changes") for run in runs])
    return Seen(
        attendees={attendee["email"]: attendee for attendee in attendees},
        groups={group["name"]: group["members"] for group in product.all(f"/communities/{COMMUNITY}/groups")},
        runs=runs,
        changes=changes,
        export=export,
        invitations=product.get(f"/events/{EVENT}/invitations"))


def _joined(runs: list[dict[str, Any]], changes: list[list[dict[str, Any]]]):
    """Each run that was cut off as one with the run that followed it: for that one, whom it had changed was unchanged."""
    joined, logs, cut, said = [], [], {}, []
    for run, log in zip(runs, changes):
        done = sum(cut.get(name, 0) for name in ("added", "updated", "removed"))
        both = {**run, **{name: run[name] + cut.get(name, 0) for name in CHANGED}}
        if run["state"] == "interrupted":
            cut, said = both, said + log
            continue
        joined.append({**both, "unchanged": run["unchanged"] - done})
        logs.append(said + log)
        cut, said = {}, []
    return joined + ([cut] if cut else []), logs + ([said] if cut else [])


def faults(seen: Seen, outcome: Outcome, suppressed: set[str]) -> list[str]:
    """What is not as it must be after the run of this outcome, in words."""
    return [*_people(seen, outcome), *_groups(seen, outcome), *_runs(seen, outcome), *_log(seen, outcome),
            *_erased(seen, outcome), *_mail(seen, outcome, suppressed), *_doubts(seen)]


def _people(seen: Seen, outcome: Outcome):
    for address in seen.attendees.keys() ^ outcome.attendees.keys():
        yield f"{address} is {'an attendee' if address in seen.attendees else 'no attendee'}"
    for address in seen.attendees.keys() & outcome.attendees.keys():
        attendee, person = seen.attendees[address], outcome.attendees[address]
        profile = attendee["profile"]
        is_so = (profile.get("first_name"), profile.get("last_name"), profile.get("company"),
                 set(attendee["groups"]), attendee["status"])
        must = (person.first, person.last, person.company, set(person.groups),
                "attending" if person.attending else "removed")
        if is_so != must:
            yield f"{address} is {is_so} and must be {must}"


def _groups(seen: Seen, outcome: Outcome):
    if seen.groups != dict(outcome.groups()):
        yield f"the groups are {seen.groups} and must be {dict(outcome.groups())}"


def _runs(seen: Seen, outcome: Outcome):
    for run in seen.runs:
        if run["state"] != "succeeded":
            yield f"{run['run']} is {run['state']}: {run.get('reason')}"
        if sum(run[name] for name in COUNTED) != run["records_read"]:
            yield f"the counts of {run['run']} do not add up: {run}"
    if len(seen.runs) != 3:
        yield f"there are {len(seen.runs)} runs and must be 3"
        return
    run, must = seen.runs[-1], outcome.counts
    for name in ("records_read", "added", "removed", "rejected", "ignored", "erased", "missing_removed",
                 "invitations_queued"):
        if run[name] != must[name]:
            yield f"{run['run']} counts {run[name]} {name} and must count {must[name]}"
    # Who is in several records may come in two batches, and the second then changes what the first did.
    if not must["updated"] <= run["updated"] <= must["updated"] + len(outcome.twice):
        yield f"{run['run']} counts {run['updated']} updated and must count {must['updated']}"


def _log(seen: Seen, outcome: Outcome):
    run, log = seen.runs[-1], seen.changes[-1]
    logged: dict[str, list[str]] = {}
    for change in log:
        logged.setdefault(change.get("email") or change["person"], []).append(change["action"])
    for address, action in outcome.actions.items():
        found = logged.pop(address, [])
        further = found[1:] if address in outcome.twice else []
        if found != [action, *further] or further not in ([], ["updated"]):
            yield f"the log says of {address} {found} and must say {action}"
    for address in outcome.twice & logged.keys():
        if set(logged[address]) == {"updated"}:
            del logged[address]
    erased = [person for person, actions in logged.items() if "@" not in person and actions == ["erased"]]
    for person in erased:
        del logged[person]
    if logged:
        yield f"the log also says {logged}"
    actions = Counter(change["action"] for change in log)
    counted = {"added": run["added"], "updated": run["updated"],
               "removed": run["removed"] - run["erased"] + run["missing_removed"], "erased": run["erased"]}
    if actions != Counter(counted):
        yield f"the log has {dict(actions)} and the run counts {counted}"


def _erased(seen: Seen, outcome: Outcome):
    for address in outcome.erased:
        if address in seen.export or any(address in str(changes) for changes in seen.changes):
            yield f"{address} was erased and is still named"


def _mail(seen: Seen, outcome: Outcome, suppressed: set[str]):
    mails = Counter(address for address, _ in seen.deliveries)
    for address in mails.keys() - outcome.invited:
        yield f"{address} got a mail and must get none"
    for address, person in seen.attendees.items():
        number = mails[address]
        state = (person["invitation"] or {}).get("state")
        if address in suppressed:
            good = state == "failed" and number == 0
        elif address not in outcome.invited:
            good = state is None and number == 0
        else:
            good = (state == "in_doubt" and number <= 1) or (state == "sent" and number == 1)
        if not good:
            yield f"{address} got {number} mails and their invitation is {state}"
    for address in seen.unanswered:
        if seen.attendees[address]["invitation"]["state"] != "in_doubt":
            yield f"the mail server did not answer for {address}, and their invitation is not in doubt"
    left = {name: seen.invitations["states"][name] for name in ("queued", "sending")}
    if any(left.values()) or seen.invitations["waves"]:
        yield f"invitations are left: {left} {seen.invitations['waves']}"


def _doubts(seen: Seen):
    """In doubt is only whose mail was being sent at a kill, one mail at a time, or who got no answer."""
    claims = []
    for address, person in seen.attendees.items():
        steps = (person["invitation"] or {}).get("steps", [])
        claims += [(step["at"], address) for step in steps if step["state"] == "sending"]
    claims.sort(key=lambda claim: _seconds(claim[0]))
    last = set()
    for kill in seen.kills:
        before = [address for at, address in claims if _seconds(at) <= kill]
        last |= set(before[-1:])
    for address, person in seen.attendees.items():
        is_in_doubt = (person["invitation"] or {}).get("state") == "in_doubt"
        if is_in_doubt and address not in last | seen.unanswered:
            yield f"{address} is in doubt, and no kill can have hit their mail"


def _seconds(at: str) -> float:
    whole, _, part = at.rstrip("Z").partition(".")
    moment = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.timezone.utc)
    return moment.timestamp() + float(f"0.{part or 0}")


def in_doubt(seen: Seen) -> int:
    return sum((person["invitation"] or {}).get("state") == "in_doubt" for person in seen.attendees.values())


def noisy(run: dict[str, Any]) -> list[str]:
    """What is wrong with a run that must find nothing to do."""
    wrong = [f"the next sync counts {run[name]} {name}" for name in CHANGED if run[name]]
    if run["state"] != "succeeded" or not run["complete"]:
        wrong.append(f"the next sync is {run['state']}: {run.get('reason')}")
    return wrong


def on_disk(data: str, erased: set[str]) -> list[str]:
    """What is wrong with the data directory after the product ended as it was told to."""
    wrong = []
    path = os.path.join(data, "attendees.db")
    for name in ("-wal", "-shm"):
        if os.path.exists(path + name):
            wrong.append(f"after a good end there is still {os.path.basename(path)}{name}")
    database = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        verdict = database.execute("PRAGMA integrity_check").fetchall()
    finally:
        database.close()
    if verdict != [("ok",)]:
        wrong.append(f"integrity_check says {verdict[:5]}")
    for folder, _, files in os.walk(data):
        for file in files:
            with open(os.path.join(folder, file), "rb") as stream:
                content = stream.read()
            wrong += [f"{address} was erased and stands in {file}" for address in erased if address.encode() in content]
    return wrong


Spoil = Callable[[Seen, str], None]


def unnoticed(seen: Seen, outcome: Outcome, suppressed: set[str]) -> list[str]:
    """Spoils what was seen, one thing at a time; says which spoiling the checks do not notice."""
    invited = sorted(outcome.invited - suppressed & seen.attendees.keys())
    address = next(a for a in invited if a in seen.attendees and outcome.actions.get(a) == "added")

    def invitation(state: str) -> Spoil:
        return lambda spoiled, who: spoiled.attendees[who]["invitation"].update(state=state)

    def run(name: str, by: Any) -> Spoil:
        return lambda spoiled, _: spoiled.runs[-1].update({name: by})

    spoilings: dict[str, Spoil] = {
        "a second mail": lambda spoiled, who: spoiled.deliveries.append((who, "once more")),
        "a mail that did not come": lambda spoiled, who: spoiled.deliveries.remove(
            next(delivery for delivery in spoiled.deliveries if delivery[0] == who)),
        "a mail to a stranger": lambda spoiled, _: spoiled.deliveries.append(("nobody@example.org", "x")),
        "a doubt without a kill": invitation("in_doubt"),
        "an invitation that waits": invitation("queued"),
        "an invitation that is being sent": lambda spoiled, _: spoiled.invitations["states"].update(sending=1),
        "a mail without an answer that counts as sent": lambda spoiled, who: spoiled.unanswered.add(who),
        "another company": lambda spoiled, who: spoiled.attendees[who]["profile"].update(company="Elsewhere"),
        "a group too many": lambda spoiled, who: spoiled.attendees[who]["groups"].append("Press of others"),
        "an attendee who is missing": lambda spoiled, who: spoiled.attendees.pop(who),
        "somebody taken out": lambda spoiled, who: spoiled.attendees[who].update(status="removed"),
        "a group's size": lambda spoiled, _: spoiled.groups.update(VIP=spoiled.groups["VIP"] + 1),
        "a run that does not end": run("state", "reading"),
        "a count": run("unchanged", -1),
        "a person counted twice": lambda spoiled, _: spoiled.runs[-1].update(
            added=spoiled.runs[-1]["added"] + 1, unchanged=spoiled.runs[-1]["unchanged"] - 1),
        "a change that is not logged": lambda spoiled, _: spoiled.changes[-1].pop(),
        "a change that is logged twice": lambda spoiled, _: spoiled.changes[-1].append(spoiled.changes[-1][0]),
        "an erased person's name": lambda spoiled, _: spoiled.changes[0].append(
            {"email": min(outcome.erased), "person": "x", "action": "added"}),
    }
    missed = []
    whole = pickle.dumps(seen)
    for name, spoil in spoilings.items():
        spoiled = pickle.loads(whole)
        spoil(spoiled, address)
        if not faults(spoiled, outcome, suppressed):
            missed.append(name)
    return missed
