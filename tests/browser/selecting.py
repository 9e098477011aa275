"""Selecting many people of a list: one, the page, all that were found; and the bar that stays in view."""
from __future__ import annotations

from typing import Iterator

from playwright.sync_api import Browser, expect

from browser import NARROW, WIDE, Notebook, signed_in
from scene import Scene


def selecting(scene: Scene, browser: Browser) -> Iterator[str]:
    """What does not work; an expectation that fails says where."""
    with signed_in(browser, scene.full.base, scene.full.token) as context:
        page = context.new_page()
        notes = Notebook(page, scene.full.base)
        for size in (WIDE, NARROW):
            page.set_viewport_size(size)
            page.goto("/events/crowded#list")
            place = page.locator(".bulk").bounding_box()
            if not place or place["y"] + place["height"] > size["height"] + 1:
                yield f"the bar of actions is not in view at {size['width']} px: {place}"
            if place and place["height"] > size["height"] / 4:
                yield f"the bar of actions covers too much at {size['width']} px: {place}"
        page.set_viewport_size(WIDE)
        page.goto("/events/crowded")
        main, told = page.get_by_role("main"), page.locator(".bulk output")
        whole = main.get_by_role("checkbox", name="Everybody on this page")
        whole.check()
        expect(told).to_have_text("100 selected")
        main.get_by_role("checkbox", name="Select ").first.uncheck()
        expect(told).to_have_text("99 selected")
        if not whole.evaluate("it => it.indeterminate"):
            yield "the box of the page does not show that some are selected"
        page.locator("select[name=action]").select_option(label="Add to a group")
        page.locator("input[name=into]").fill("Choir")
        main.get_by_role("button", name="Continue…").click()
        expect(main).to_contain_text("Add 99 people to Choir?")
        main.get_by_role("link", name="Back", exact=True).click()
        main.get_by_label("Select all 130 found").check()
        expect(told).to_have_text("")
        page.locator("select[name=action]").select_option(label="Remove from the event and block")
        main.get_by_role("button", name="Continue…").click()
        expect(main).to_contain_text("Remove and block 130 people?")
        yield from notes.take()
