"""The help desk on a phone, and forms whose session ends while somebody types."""
from __future__ import annotations

from typing import Iterator

from playwright.sync_api import Browser, Dialog, Page, expect

from audit import WIDER
from browser import NARROW, WIDE, Notebook, signed_in
from scene import WHO, Scene

DESK = "/events/unusual/help-desk"
CONFIGURATION = "/events/untouched/configuration"
NAME = "[name='name']"


def on_a_phone(scene: Scene, browser: Browser) -> Iterator[str]:
    """One search after the other by typing and Enter alone; what does not work."""
    with signed_in(browser, scene.full.base, scene.full.token, has_touch=True) as context:
        page = context.new_page()
        page.set_viewport_size(NARROW)
        notes = Notebook(page, scene.full.base)
        page.goto(DESK)
        box = page.get_by_label(WHO)
        expect(box).to_be_focused()
        page.keyboard.type("person3@example.org")
        page.keyboard.press("Enter")
        verdict = page.get_by_role("heading", level=1)
        expect(verdict).to_contain_text("Has access")
        first = page.url
        yield from fits(page, "the verdict")
        place = verdict.bounding_box()
        if not place or place["y"] + place["height"] > NARROW["height"] / 2:
            yield f"the verdict is not in the upper half of the screen: {place}"
        # The next one at once, without a tap.
        expect(box).to_be_focused()
        page.keyboard.type("zzzz")
        page.keyboard.press("Enter")
        expect(verdict).to_contain_text("Nobody found")
        yield from fits(page, "nobody found")
        page.go_back()
        expect(verdict).to_contain_text("Has access")
        if page.url != first:
            yield f"Back comes to {page.url}, not to {first}"
        page.reload()
        expect(verdict).to_contain_text("Has access")
        page.go_back()
        expect(verdict).to_contain_text("Who is it?")
        page.go_forward()
        # What the source says is a page of its own, too.
        page.get_by_role("button", name="Check the source now").click()
        expect(page.get_by_role("main")).to_contain_text("What the source has right now")
        page.reload()
        expect(page.get_by_role("main")).to_contain_text("What the source has right now")
        yield from fits(page, "the source's answer")
        yield from notes.take()


def fits(page: Page, what: str) -> Iterator[str]:
    wider = page.evaluate(WIDER)
    if wider:
        yield f"{what} scrolls sideways, {wider}"


def typed_before(scene: Scene, browser: Browser) -> Iterator[str]:
    """A session ends while somebody types: what they typed comes back."""
    with signed_in(browser, scene.full.base, scene.full.token) as context:
        page = context.new_page()
        notes = Notebook(page, scene.full.base)
        page.goto(CONFIGURATION)
        page.locator(NAME).fill("Typed before the session ended")
        context.clear_cookies()
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("main")).to_contain_text("What you typed is kept")
        page.get_by_label("API token").fill(scene.full.token)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("main")).to_contain_text("Nothing you typed")
        page.get_by_role("button", name="Go back to the form").click()
        expect(page.locator(NAME)).to_have_value("Typed before the session ended")
        yield from notes.take()


def unsaved(scene: Scene, browser: Browser) -> Iterator[str]:
    """Whoever leaves a form with something typed is asked; whoever typed nothing is not."""
    with signed_in(browser, scene.full.base, scene.full.token) as context:
        page = context.new_page()
        page.set_viewport_size(WIDE)
        asked: list[str] = []

        def answer(dialog: Dialog) -> None:
            asked.append(dialog.type)
            dialog.accept()
        page.on("dialog", answer)
        page.goto(CONFIGURATION)
        page.goto("/")
        if asked:
            yield "somebody who typed nothing is asked"
        page.goto(CONFIGURATION)
        page.locator(NAME).press_sequentially("x")
        page.goto("/")
        if asked != ["beforeunload"]:
            yield f"somebody who typed something is not asked: {asked}"
