"""What every page has to keep: the audit of one open page at two widths, light and dark."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator, Literal

from playwright.sync_api import Page, ViewportSize

from browser import NARROW, WIDE, Notebook

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
Variant = tuple[str, ViewportSize, Literal["light", "dark"]]
VARIANTS: list[Variant] = [("1440", WIDE, "light"), ("1440", WIDE, "dark"), ("375", NARROW, "light"), ("375", NARROW, "dark")]
# Pixels of a screenshot; a page of a hundred people says no more below.
TALLEST = 3_000

AXE = """async ([tags, aside]) => {
  const result = await axe.run(document, {
    runOnly: {type: "tag", values: tags}, rules: Object.fromEntries(aside.map(id => [id, {enabled: false}])),
    resultTypes: ["violations"], iframes: false});
  return result.violations.flatMap(rule => rule.nodes.map(node =>
    [rule.id, node.target.flat().join(" "), node.failureSummary.replace(/\\s+/g, " ")]));
}"""

# The elements that stick out farthest, without those inside something that scrolls by itself.
WIDER = """() => {
  const width = window.innerWidth, root = document.scrollingElement;
  if (root.scrollWidth <= width) return null;
  const scrolls = (it) => {
    for (let at = it.parentElement; at && at !== root; at = at.parentElement)
      if (getComputedStyle(at).overflowX !== "visible" && at !== document.body) return true;
    return false;
  };
  const name = (it) => it.tagName.toLowerCase() + (it.id ? "#" + it.id : "") +
    [...it.classList].map(one => "." + one).join("");
  const out = [...document.querySelectorAll("body *")]
    .filter(it => it.getBoundingClientRect().right > width + 0.5 && !scrolls(it));
  return root.scrollWidth + " px: " + out.slice(0, 4).map(name).join(", ");
}"""


class Auditor:
    """Audits pages and keeps their screenshots."""

    def __init__(self, axe: Path, shots: Path) -> None:
        self._axe = axe.read_text(encoding="utf-8")
        self._shots = shots
        shots.mkdir(parents=True, exist_ok=True)

    def audit(self, name: str, page: Page, notes: Notebook, *, status: int = 200,
              aside: tuple[str, ...] = (), variants: list[Variant] | None = None) -> Iterator[str]:
        """What is wrong with the page, with the sizes and schemes it is wrong at."""
        yield from self._whole(page, notes, status)
        # The page's own policy forbids a script tag; what the debugger evaluates it does not.
        page.evaluate(self._axe)
        seen: dict[str, list[str]] = {}
        for width, size, scheme in variants or VARIANTS:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for what in self._seen(page, aside):
                seen.setdefault(what, []).append(f"{width} {scheme}")
            self._shoot(page, f"{name}-{width}-{scheme}")
        page.set_viewport_size(WIDE)
        for what, where in seen.items():
            yield f"[{', '.join(where)}] {what}"
        yield from notes.take()

    def _whole(self, page: Page, notes: Notebook, status: int) -> Iterator[str]:
        """What is the same at every size."""
        if notes.status != status:
            yield f"answered {notes.status} instead of {status}"
        if not page.title().strip():
            yield "has no title"
        headings = page.locator("h1").count()
        if headings != 1:
            yield f"has {headings} h1 instead of one"

    def _seen(self, page: Page, aside: tuple[str, ...]) -> Iterator[str]:
        for rule, selector, summary in page.evaluate(AXE, [RULES, aside]):
            yield f"axe {rule} at {selector}: {summary}"
        wider = page.evaluate(WIDER)
        if wider:
            yield f"scrolls sideways, {wider}"

    def _shoot(self, page: Page, name: str) -> None:
        # What sticks to the window belongs to the top of the picture.
        page.evaluate("window.scrollTo(0, 0)")
        # Frames are painted by themselves, and later.
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        height = page.evaluate("document.documentElement.scrollHeight")
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(
            path=self._shots / f"{re.sub('[^a-z0-9]+', '-', name.lower())}.png", full_page=True,
            clip={"x": 0, "y": 0, "width": width, "height": min(height, TALLEST)})
