"""One moment: a sync with invitations, the product killed in it, started again and left alone."""
from __future__ import annotations

import http.client
import os
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from . import checks
from .people import COMMUNITY, EVENT, Population, document
from .post import MailServer, in_folder
from .product import OVER, Product, Wrong
from .source import Source

PATIENCE = 45  # Seconds within which it must be right again; ten are the gap after a mail server was away.
RUN = f"{EVENT}.3"
PHASES = ("before the run", "reading", "applying", "taking out", "sending mail", "after the end")
NOT_ASKED = "killed again before it was asked"


@dataclass(frozen=True)
class Scene:
    """What is the same for several moments."""
    missing: str  # What the event does with who is missing from the feed: keep, remove_attendee.
    mail: str  # Where mail goes: folder, smtp.

    def __str__(self) -> str:
        return f"{self.missing}, {self.mail}"


@dataclass
class Plan:
    """What happens in a moment."""
    number: int
    scene: Scene
    kill_after: float | None = None  # Seconds from the click.
    again_after: float | None = None  # Seconds from the start after it.
    break_at: set[int] = field(default_factory=set)
    die_at: int | None = None


@dataclass
class Told:
    """What came of a moment."""
    wrong: list[str] = field(default_factory=list)
    hits: list[str] = field(default_factory=list)
    in_doubt: int = 0
    unanswered: int = 0
    seconds: float = 0  # From the last start to the end of run and mail; without a kill, from the click.
    run_seconds: float = 0  # The same, to the end of the run.


class Theatre:
    """The source, the mail server and data directories that the moments begin with."""

    def __init__(self, binary: str, folder: str, people: int, seed: int) -> None:
        self.binary, self.folder = binary, folder
        self.population = Population(people, seed)
        self.outcomes = {missing: self.population.outcomes(missing) for missing in ("keep", "remove_attendee")}
        before, after = self.outcomes["keep"][1:]
        newcomers = sorted(after.invited - before.invited)
        self.suppressed = set(newcomers[:2])
        self.newcomers = len(newcomers) - len(self.suppressed)
        self.source = Source(seconds_a_page=0.008)
        self.calm: dict[Scene, Told] = {}
        self.start_seconds = 0.0

    def prepared(self, missing: str) -> str:
        return os.path.join(self.folder, f"prepared-{missing}")

    def prepare(self, missing: str) -> None:
        """Two syncs, with their mails in the folder; the third is what the moments are about."""
        data = self.prepared(missing)
        os.mkdir(data, 0o700)
        product = Product(self.binary, data, f"{data}.log")
        product.wait_until_up()
        self.start_seconds = time.monotonic() - product.begun
        status, answer = product.ask("PUT", f"/events/{EVENT}/configuration", document(self.source.url, missing))
        if status not in (200, 201):
            raise Wrong(f"the configuration is refused: {answer}")
        for address in self.suppressed:
            status, answer = product.ask("PUT", f"/communities/{COMMUNITY}/suppressions/{address}")
            if status >= 300:
                raise Wrong(f"the suppression is refused: {answer}")
        for number, feed in enumerate(self.population.feeds[:2], 1):
            self.source.show(feed)
            click(product)
            wait_until_done(product)
        product.end()

    def _start(self, data: str, scene: Scene, post: MailServer) -> Product:
        arguments = ["--smtp", post.url, "--mails-per-second", "5000"] if scene.mail == "smtp" else []
        return Product(self.binary, data, f"{data}.log", *arguments)

    def end(self) -> None:
        Product.end_all()
        self.source.end()

    def play(self, plan: Plan) -> Told:
        """A whole moment. Its data directory stays where something was wrong."""
        told = Told()
        data = os.path.join(self.folder, f"moment-{plan.number}")
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(self.prepared(plan.scene.missing), data)
        self.source.show(self.population.feeds[2])
        post = MailServer(plan.break_at, plan.die_at)
        try:
            self._play(plan, data, post, told)
        except (Wrong, OSError, http.client.HTTPException) as error:
            told.wrong.append(f"{type(error).__name__}: {error}")
        finally:
            Product.end_all()
            post.close()
        if not told.wrong:
            shutil.rmtree(data)
            os.remove(f"{data}.log")
        return told

    def _play(self, plan: Plan, data: str, post: MailServer, told: Told) -> None:
        kills: list[float] = []
        product = self._start(data, plan.scene, post)
        product.wait_until_up()
        begun = time.monotonic()
        if plan.kill_after is None:
            click(product)
        else:
            acknowledged = killed_after_click(product, plan.kill_after)
            kills.append(time.time())
            post.spare()
            product = self._again(plan, data, post, told, kills)
            begun = product.begun
            if told.hits[-1] == PHASES[0]:
                if acknowledged:
                    raise Wrong("the click was answered with 202, and there is no run")
                click(product)
        wait_until_over(product)
        told.run_seconds = time.monotonic() - begun
        wait_until_done(product)
        told.seconds = time.monotonic() - begun
        self._check(plan, product, post, kills, told)
        product.end()
        told.wrong += checks.on_disk(data, self.outcomes[plan.scene.missing][2].erased)

    def _again(self, plan: Plan, data: str, post: MailServer, told: Told, kills: list[float]) -> Product:
        """Starts it again, and kills that too where it is planned."""
        product = self._start(data, plan.scene, post)
        if plan.again_after is not None:
            deadline = product.begun + plan.again_after
            if product.wait_for_line(plan.again_after):
                told.hits.append(phase(product))
            else:
                told.hits.append(NOT_ASKED)
            time.sleep(max(0, deadline - time.monotonic()))
            product.kill()
            kills.append(time.time())
            product = self._start(data, plan.scene, post)
        product.wait_until_up()
        told.hits.append(phase(product))
        return product

    def _check(self, plan: Plan, product: Product, post: MailServer, kills: list[float], told: Told) -> None:
        outcome = self.outcomes[plan.scene.missing][2]
        seen = checks.see(product)
        seen.kills = kills
        seen.deliveries, seen.unanswered = in_folder(product.data) + post.taken, set(post.unanswered)
        told.in_doubt, told.unanswered = checks.in_doubt(seen), len(seen.unanswered)
        told.wrong += checks.faults(seen, outcome, self.suppressed)
        if told.in_doubt > len(kills) + told.unanswered:
            told.wrong.append(f"{told.in_doubt} are in doubt after {len(kills)} kills")
        if plan.kill_after is None and not told.wrong:
            told.wrong += [f"not noticed: {name}" for name in checks.unnoticed(seen, outcome, self.suppressed)]
        run = click(product)
        wait_until_done(product)
        told.wrong += checks.noisy(product.get(f"/runs/{run}"))
        if in_folder(product.data) + post.taken != seen.deliveries:
            told.wrong.append("the next sync sends mail")
        if checks.see(product).attendees != seen.attendees:
            told.wrong.append("the next sync changes attendees")


def click(product: Product) -> str:
    """"Sync attendees now"; gives the run's id."""
    status, answer = product.ask("POST", f"/events/{EVENT}/runs", {"mode": "sync"})
    if status != 202:
        raise Wrong(f"the click is answered with {status}: {answer}")
    return answer["run"]


def killed_after_click(product: Product, seconds: float) -> bool:
    """Whether the click was acknowledged before the kill."""
    runs: list[str] = []

    def press() -> None:
        try:
            runs.append(click(product))
        except (OSError, http.client.HTTPException, ValueError):
            pass  # The kill was quicker.

    begun = time.monotonic()
    thread = threading.Thread(target=press, daemon=True)
    thread.start()
    time.sleep(max(0, begun + seconds - time.monotonic()))
    product.kill()
    thread.join(10)
    return bool(runs)


def wait_until_over(product: Product) -> None:
    """Until the run is over, or the one that follows it where it was cut off; nobody does anything meanwhile."""
    def newest():
        return product.get(f"/events/{EVENT}/runs?limit=1")["items"][0]

    wait_until(lambda: newest()["state"] in OVER, lambda: f"it does not end by itself: {newest()}")


def wait_until_done(product: Product) -> None:
    """Until its mail has gone, too."""
    def is_done() -> bool:
        mail = product.get(f"/events/{EVENT}/invitations")
        return not (mail["states"]["queued"] or mail["states"]["sending"] or mail["waves"])

    wait_until_over(product)
    wait_until(is_done, lambda: f"the mail does not go by itself: {product.get(f'/events/{EVENT}/invitations')}")


def wait_until(is_so: Callable[[], bool], otherwise: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise Wrong(otherwise())
        time.sleep(0.03)  # Counting invitations takes the product some milliseconds.


def phase(product: Product) -> str:
    """How far it had come when it was killed, as the API tells right after the start."""
    status, run = product.ask("GET", f"/runs/{RUN}")
    if status == 404:
        return PHASES[0]
    if run["state"] in OVER:
        states = product.get(f"/events/{EVENT}/invitations")["states"]
        return PHASES[4] if states["queued"] or states["sending"] else PHASES[5]
    if product.get(f"/runs/{RUN}/changes?action=removed&limit=1")["items"]:
        return PHASES[3]
    return PHASES[2] if product.get(f"/runs/{RUN}/changes?limit=1")["items"] else PHASES[1]
