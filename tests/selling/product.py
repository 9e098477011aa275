"""The program under test, asked as a person at a terminal asks it: a preset, its document, a sync, and what is there then."""
from __future__ import annotations

import json
import os
import subprocess
from typing import Any

COMMUNITY = "harbour"
SECONDS = 120
FIELDS = ("title", "first_name", "last_name", "job_title", "company", "country")


class Wrong(Exception):
    """Something is not as it must be."""


class Product:
    """One event, configured by a preset alone."""

    def __init__(self, binary: str, folder: str, event: str) -> None:
        self.binary, self.event = binary, event
        self.data = os.path.join(folder, f"data-{event}")
        self.document = os.path.join(folder, f"{event}.json")
        os.makedirs(self.data)

    def ask(self, *words: str, status: int = 0) -> Any:
        """Runs a command to its end and gives its JSON; another exit status is wrong."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ATTENDEE_SYNC_")}
        done = subprocess.run([self.binary, *words, "--json", "--data-dir", self.data], capture_output=True, text=True,
                              timeout=SECONDS, check=False, env=environment | {"NO_PROXY": "127.0.0.1"})
        if done.returncode != status:
            raise Wrong(f"{words[0]} ends with status {done.returncode}: {done.stderr[-2000:]} {done.stdout[-2000:]}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def configure(self, preset: str, **values: str) -> None:
        """Fills a preset and stores the document as it was printed."""
        words = [f"--set={name}={value}" for name, value in values.items()]
        document = self.ask("presets", preset, "--community", COMMUNITY, "--event", self.event, "--name", "DevCon",
                            "--allow-private-sources", *words)
        with open(self.document, "w", encoding="utf-8") as file:
            json.dump(document, file)
        self.ask("configure", self.document, "--allow-private-sources")

    def sync(self, **expected: int) -> dict[str, Any]:
        """One run to its end; counts that are expected must be the run's."""
        summary = self.ask("sync", self.event, "--allow-private-sources")
        for name, count in {"rejected": 0, **expected}.items():
            if summary[name] != count:
                raise Wrong(f"{name} is {summary[name]}, not {count}: {summary}; {self.issues(summary)}")
        return summary

    def issues(self, summary: dict[str, Any]) -> Any:
        run = self.ask("runs", self.event, "--run", str(summary["run"]).rsplit(".", 1)[-1])
        return run.get("issues")

    def people(self) -> dict[str, dict[str, Any]]:
        """Who attends, by address: the fields that are not empty, and the groups."""
        listed = self.ask("attendees", self.event)
        return {person["email"]: {name: value for name, value in person["profile"].items() if name in FIELDS and value}
                | {"groups": sorted(person["groups"]), "source_id": person["source_id"]} for person in listed["items"]}

    def check(self, when: str, expected: dict[str, dict[str, Any]]) -> None:
        """Exactly these people attend, with these fields and groups, and the groups have no other members."""
        found = self.people()
        wrong = [f"{email} is missing" for email in expected.keys() - found.keys()]
        wrong += [f"{email} attends: {found[email]}" for email in found.keys() - expected.keys()]
        for email in expected.keys() & found.keys():
            fields = {name: value for name, value in expected[email].items() if value}
            fields.setdefault("groups", [])
            if found[email] != fields:
                wrong.append(f"{email} is {found[email]}, not {fields}")
        sizes: dict[str, int] = {}
        for person in expected.values():
            for group in person.get("groups", []):
                sizes[group] = sizes.get(group, 0) + 1
        groups = {group["name"]: group["members"] for group in self.ask("groups", COMMUNITY)["items"] if group["members"]}
        if groups != sizes:
            wrong.append(f"the groups are {groups}, not {sizes}")
        if wrong:
            raise Wrong(f"{when}: " + "; ".join(sorted(wrong)))

    def check_quiet(self, when: str) -> None:
        """Another run of the same feed changes nobody."""
        summary = self.sync()
        if changed := {name: summary[name] for name in ("added", "updated", "removed", "missing_removed") if summary[name]}:
            raise Wrong(f"{when}: a sync of what did not change counts {changed}")
