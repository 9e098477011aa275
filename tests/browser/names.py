"""Names as people have them: long, from right to left, wide, and made of emoji; on a phone and on paper."""
from __future__ import annotations

from typing import Iterator

from playwright.sync_api import Browser, Page, ViewportSize, expect

from audit import WIDER
from browser import NARROW, Notebook, signed_in
from pages import COLUMNS
from scene import WHO, Scene

EVENT = "/events/unusual"
# The width of A4 within its margins, in CSS pixels.
PAPER: ViewportSize = {"width": 718, "height": 1000}
RIGHT_TO_LEFT = "عبد الرحمن"
OTHERS = ("Wolfeschlegelsteinhausenbergerdorff", "寿限無", "🎉")
# What leads elsewhere or asks for something has no place on paper.
OFF_PAPER = (".top", ".tabs", ".crumbs", ".filters", ".saved", ".bar", "main form:not(.selection)")


def of_all_kinds(scene: Scene, browser: Browser) -> Iterator[str]:
    """Where a name does not fit, or is not read in its own direction."""
    with signed_in(browser, scene.full.base, scene.full.token) as context:
        page = context.new_page()
        notes = Notebook(page, scene.full.base)
        page.set_viewport_size(NARROW)
        for path in (EVENT, f"{EVENT}?columns={COLUMNS}", f"{EVENT}?print=yes", f"{EVENT}/runs/1", f"{EVENT}/groups"):
            page.goto(path)
            yield from fits(page, path)
        page.goto(f"{EVENT}/help-desk")
        page.get_by_label(WHO).fill("person90")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Matching people")
        yield from fits(page, "the help desk")
        for name in (RIGHT_TO_LEFT, *OTHERS):
            page.goto(EVENT)
            person = page.get_by_role("link", name=name)
            turned = person.evaluate("it => getComputedStyle(it).direction") == "rtl"
            if turned != (name == RIGHT_TO_LEFT):
                yield f"{name} is read in the wrong direction"
            person.click()
            expect(page.get_by_role("heading", level=1)).to_contain_text("Has access")
            yield from fits(page, f"the page of {name}")
            yield from on_paper(page, f"the page of {name}")
        for path in (EVENT, f"{EVENT}?columns={COLUMNS}", f"{EVENT}/runs/1"):
            page.goto(path)
            yield from on_paper(page, path)
        page.goto(EVENT)
        page.emulate_media(media="print")
        expect(page.get_by_text("Attending;", exact=False)).to_be_visible()
        yield from notes.take()


def fits(page: Page, what: str) -> Iterator[str]:
    wider = page.evaluate(WIDER)
    if wider:
        yield f"{what} scrolls sideways, {wider}"


def on_paper(page: Page, what: str) -> Iterator[str]:
    """What a printed page has too much, or cuts off."""
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")
    yield from fits(page, f"{what} on paper")
    for selector in OFF_PAPER:
        for it in page.locator(selector).all():
            if it.is_visible():
                yield f"{what} on paper has {selector}"
                break
    if page.locator("table.people").count() and not page.get_by_role("columnheader", name="Name").is_visible():
        yield f"{what} on paper has no table"
    page.emulate_media(media="screen")
    page.set_viewport_size(NARROW)
