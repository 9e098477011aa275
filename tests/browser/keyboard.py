"""The console by keyboard: the skip link, the main actions in the order of the page, and a focus
that can be seen wherever it is."""
from __future__ import annotations

from typing import Iterator

from playwright.sync_api import Page

from scene import Scene

# Far more than a page has of its own; a list of people ends the walk.
MOST_TABS = 60

FOCUSED = """() => {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  const style = getComputedStyle(it), box = it.getBoundingClientRect();
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  return {
    name: (it.getAttribute("aria-label") || it.labels?.[0]?.innerText || it.innerText || it.name || "")
      .trim().replace(/\\s+/g, " "),
    seen: (outlined || style.boxShadow !== "none") && box.width > 1 && box.height > 1,
    within: Boolean(it.closest("main")),
  };
}"""

# The page, and what has to be reached in this order.
PAGES = [
    ("/events/unusual", ["Skip to the content", "Attendee Sync", "Sign out", "Events", "Attendees", "Groups",
                         "Sync history", "Invitations", "Sync configurator", "Preview", "Sync attendees now",
                         "Sync one person", "Help desk", "CSV of the attendees", "Name or e-mail", "Status", "Sort by", "Show"]),
    ("/events/mailed/invitations", ["Skip to the content", "Invitations", "Suppression list",
                                    "Invite new attendees automatically", "Sender", "Subject",
                                    "Text of the mail, in Markdown", "Save the invitation",
                                    "Preview for this attendee", "Preview", "Send a test"]),
]


def by_keyboard(scene: Scene) -> Iterator[str]:
    page, notes = scene.visitors["signed in"]
    for path, names in PAGES:
        for what in reached(page, path, names):
            yield f"{path}: {what}"
    yield from skipping(page)
    yield from notes.take()


def reached(page: Page, path: str, names: list[str]) -> Iterator[str]:
    """What the Tab key misses of these names, and where the focus cannot be seen."""
    page.goto(path)
    left = list(names)
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None or not left:
            break
        if not focused["seen"]:
            yield f"the focus cannot be seen on {focused['name']!r}"
        if left and focused["name"] == left[0]:
            left.pop(0)
    if left:
        yield f"Tab does not come to {left[0]!r} in its turn"


def skipping(page: Page) -> Iterator[str]:
    """The skip link: the next Tab after it is in the content."""
    page.goto("/events/unusual")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    focused = page.evaluate(FOCUSED)
    if not focused or not focused["within"]:
        yield f"after the skip link, Tab comes to {focused and focused['name']!r}, not into the content"
