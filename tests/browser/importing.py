"""Importing a list: from the file to the undo, by links, forms and the keyboard alone, on a phone."""
from __future__ import annotations

from typing import Iterator

from playwright.sync_api import Browser, Page, expect

from browser import NARROW, Notebook, signed_in
from phone import fits
from scene import Scene
from source import people

EVENT = "importing"
LIST = ("Spalte;Given name;Surname;Firma;Shirt\n"
        "walk@example.org;Wanda;Walker;Walks Ltd;L\n"
        "person1@example.org;Changed;Name;Own Ltd;M\n"
        "broken;No;Address;;S\n").encode()


def file(name: str = "people.csv", content: bytes = LIST) -> dict[str, object]:
    return {"name": name, "mimeType": "text/csv", "buffer": content}


def choose(page: Page, content: dict[str, object]) -> None:
    """Chooses a file, and presses the button by the keyboard."""
    page.get_by_label("List of people: CSV or XLSX").set_input_files(content)  # type: ignore[arg-type]
    press(page, "Preview the import")


def press(page: Page, name: str) -> None:
    button = page.get_by_role("main").get_by_role("button", name=name)
    button.focus()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")


def importing(scene: Scene, browser: Browser) -> Iterator[str]:
    """What does not work; an expectation that fails says where."""
    scene.add(EVENT, "Importing", people(5), community="importing")
    with signed_in(browser, scene.full.base, scene.full.token, java_script_enabled=False) as context:
        page = context.new_page()
        page.set_viewport_size(NARROW)
        notes = Notebook(page, scene.full.base)
        main = page.get_by_role("main")
        page.goto(f"/events/{EVENT}")
        main.get_by_role("button", name="Sync attendees now").click()
        expect(main).to_contain_text("5 added", timeout=20_000)
        main.get_by_role("link", name="Import a list").click()
        yield from fits(page, "the page to import a list on")

        choose(page, file("photo.png", b"\x89PNG\r\n\x1a\n\0"))
        expect(main).to_contain_text("neither CSV in UTF-8 nor a spreadsheet")
        yield from notes.take()
        choose(page, file())
        # Nobody can tell which column has the addresses from its heading.
        expect(main).to_contain_text("Choose the columns first.")
        yield from notes.take()
        select = main.get_by_label("E-mail", exact=True)
        select.select_option(label="Spalte")
        main.get_by_label("Job title").select_option(label="Shirt")
        press(page, "Show with these columns")
        expect(main).to_contain_text("1 added, 1 changed, 1 not imported.")
        yield from fits(page, "the preview of an import")
        press(page, "Import 2 people")
        expect(main).to_contain_text("Imported")
        yield from fits(page, "the result of an import")

        main.get_by_role("link", name="Back to the list").click()
        expect(main).to_contain_text("walk@example.org")
        main.get_by_role("link", name="Import a list").click()
        expect(main).to_contain_text("1 added, 1 changed")
        press(page, "Undo the import with 1 added, 1 changed")
        expect(main).to_contain_text("what the import set of 2 people follows the sync again")
        expect(main).to_contain_text("Undone")
        page.goto(f"/events/{EVENT}")
        expect(main).not_to_contain_text("walk@example.org")
        yield from notes.take()
