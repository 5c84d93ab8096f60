"""The real window on the bundled runtime."""

from conftest import OpenWindow  # type: ignore[import-not-found]


def test_an_item_added_in_the_window_is_there_after_closing_and_reopening(open_app: OpenWindow) -> None:
    window = open_app()
    window.click("//a[normalize-space()='Items']")
    window.see("//h1[normalize-space()='Items']")
    window.press("Add Item")
    window.fill("Title", "Survives a restart")
    window.fill("Description", "Größe, 日本")
    window.press("Save")
    window.see("//td[normalize-space()='Survives a restart']")
    window.close()

    again = open_app()
    again.click("//a[normalize-space()='Items']")
    again.see("//td[normalize-space()='Survives a restart']")
    again.see("//td[normalize-space()='Größe, 日本']")
