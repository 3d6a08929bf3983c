"""Debian's Chromium without a window; where it is missing a test is skipped, but in CI it fails."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser."""
    if CHROMIUM is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "chromium is not installed (Debian: apt install chromium)"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


def record_page(page: Page, types: tuple[str, ...] = ("error", "warning")) -> tuple[list[str], list[str]]:
    """Return two lists that fill as the page runs: its messages of these types, and the URLs that it requests."""
    messages: list[str] = []
    urls: list[str] = []
    page.on("console", lambda message: messages.append(message.text) if message.type in types else None)
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: urls.append(request.url) if not request.url.startswith("data:") else None)
    return messages, urls
