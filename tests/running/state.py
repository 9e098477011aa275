"""How far a piece of the night has come, kept in a file: a piece that was cut off goes on from there."""
from __future__ import annotations

import json
from pathlib import Path


class State:
    """What is done of a piece. It counts for one state of the sources: another begins anew."""

    def __init__(self, folder: Path, piece: str, sources: str) -> None:
        self.path = folder / f"{piece}.json"
        self.sources = sources
        # Parts that are done, of how many once that is known, in so many seconds.
        self.done = 0
        self.of: int | None = None
        self.seconds = 0.0
        # What the parts came to, summed up by name.
        self.counted: dict[str, int] = {}
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        if kept["sources"] == sources:
            self.done, self.of, self.seconds, self.counted = kept["done"], kept["of"], kept["seconds"], kept["counted"]

    def save(self) -> None:
        """Writes it whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        kept = {"sources": self.sources, "done": self.done, "of": self.of, "seconds": self.seconds, "counted": self.counted}
        beside = self.path.with_suffix(".new")
        beside.write_text(json.dumps(kept), encoding="utf-8")
        beside.replace(self.path)
