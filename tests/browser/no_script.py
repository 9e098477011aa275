"""The console without JavaScript: everything it is for has to work by links and forms alone."""
from __future__ import annotations

from typing import Iterator

from playwright.sync_api import Browser, expect

from browser import Notebook, signed_in
from scene import WHO, Scene
from source import people


def without_script(scene: Scene, browser: Browser) -> Iterator[str]:
    """What does not work; an expectation that fails says where."""
    scene.add("scriptless", "Scriptless", people(30), community="scriptless")
    gate = scene.source.feeds["/scriptless"].open
    with signed_in(browser, scene.full.base, scene.full.token, java_script_enabled=False) as context:
        page = context.new_page()
        notes = Notebook(page, scene.full.base)
        main = page.get_by_role("main")

        page.goto("/")
        main.get_by_role("link", name="Scriptless", exact=True).click()
        gate.clear()
        main.get_by_role("button", name="Sync attendees now").click()
        expect(main).to_contain_text("Sync under way")
        gate.set()
        # The page loads itself anew without a script too.
        expect(main).to_contain_text("30 added", timeout=20_000)
        expect(main).to_contain_text("person29@example.org")

        # The whole page at once, and what is asked for is asked once more.
        main.get_by_role("checkbox", name="Everybody on this page").check()
        main.locator("select[name=action]").select_option(label="Add to a group")
        main.locator("input[name=into]").fill("Choir")
        main.get_by_role("button", name="Continue…").click()
        expect(main).to_contain_text("Add 30 people to Choir?")
        main.get_by_role("button", name="Add 30 people to Choir").click()
        expect(main).to_contain_text("Added to the group: 30 people.")
        main.get_by_role("link", name="Back to the list").click()
        main.get_by_text("Columns", exact=True).click()
        main.get_by_label("Source ID").check()
        main.get_by_role("button", name="Show").click()
        expect(main.get_by_role("columnheader", name="Source ID")).to_be_visible()

        main.get_by_role("link", name="Help desk").click()
        main.get_by_label(WHO).fill("person7@example.org")
        main.get_by_role("button", name="Look up").click()
        expect(main).to_contain_text("Has access")

        main.get_by_text("Add to a group by hand").click()
        main.get_by_label("Group (a new group is created)").fill("Helpers")
        main.get_by_role("button", name="Add to the group").click()
        expect(main.get_by_role("row", name="Helpers")).to_contain_text("Remove")
        main.get_by_role("button", name="Remove from Helpers").click()
        expect(main.get_by_role("row", name="Helpers")).to_have_count(0)

        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_url(scene.full.base + "/sign-in")
        yield from notes.take()
