"""What a developer does to a window whose Python is patched, and what can be seen of it."""

import queue
from typing import Any

from e2e.window import Window
from scripts.hot_patch.errors import NoAppError, NotTakenError
from scripts.hot_patch.patch import Patcher

ITEMS_LINK = "//nav//a[normalize-space()='Items']"
STILL_TRIED = "not up yet. The code before it goes on."
BROKEN = "//*[@role='alert' and @aria-label='Broken edit']"


def edit(patcher: Patcher, name: str, text: str) -> None:
    """Put `text` at the end of a file."""
    with (patcher.package / name).open("a") as file:
        file.write(text)


def outcome(said: "queue.Queue[str]") -> str:
    """What a push came to, whatever was said of it before on a slow machine."""
    while STILL_TRIED in (line := said.get(timeout=60)):
        pass
    return line


def serving(patcher: Patcher) -> str:
    digest: str = patcher.app.ask("status")["running"]
    return digest


def address_of(window: Window) -> dict[str, Any]:
    ask = "window.__TAURI_INTERNALS__.invoke('start_backend').then(arguments[0])"
    address: dict[str, Any] = window.driver.execute_async_script(ask)
    return address


def close(window: Window, patcher: Patcher) -> None:
    """Close the window, and wait until nobody listens to pushes any more."""
    window.close()
    while True:
        try:
            patcher.app.ask("status")
        except NoAppError:
            return
        except NotTakenError:
            continue
