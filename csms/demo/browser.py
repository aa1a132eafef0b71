"""Opening the demo's first page."""

import os
import sys
import webbrowser

from csms.demo.opening import say


def show(url: str) -> None:
    """Open a page in the person's browser, where there is a display to show it on."""
    if has_display() and not webbrowser.open(url):
        say(f"No browser could be opened: go to {url}")


def has_display() -> bool:
    """Whether a window could be opened."""
    return sys.platform in ("darwin", "win32") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
