"""A real Chromium for tests: a few calls of the WebDriver protocol over HTTP, nothing more."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., object])

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key under which the protocol gives the id of an element."""

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,800",
)


def missing() -> str:
    """Which program is not installed, or nothing."""
    names = {"chromedriver": driver(), "chromium": chromium()}
    return ", ".join(name for name, found in names.items() if found is None)


def driver() -> str | None:
    """The program that drives Chromium."""
    return shutil.which("chromedriver")


def chromium() -> str | None:
    """The browser."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)


IN_BROWSER = (
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing()), reason=f"not installed: {missing()}"),
)
"""The marks of a test that opens pages in the browser: the default run leaves it out."""


def in_browser(test: Test) -> Test:
    """The test with these marks."""
    for mark in IN_BROWSER:
        test = mark(test)
    return test


@dataclass(frozen=True)
class Browser:
    """An open browser; elements are named by CSS selectors."""

    session: str

    def open(self, file: Path) -> None:
        """Shows a file."""
        _call(f"{self.session}/url", {"url": file.as_uri()})

    def run(self, script: str, *arguments: object) -> Any:
        """What a script returns."""
        body = {"script": script, "args": list(arguments)}
        return _call(f"{self.session}/execute/sync", body)

    def becomes(self, expected: object, script: str, *arguments: object) -> Any:
        """What a script returns once it is as expected, or else after ten seconds.

        What a click brings about may come after the click: an event that the browser queues, a
        wait of the page itself.
        """
        end = time.monotonic() + 10
        while (found := self.run(script, *arguments)) != expected and time.monotonic() < end:
            time.sleep(0.02)
        return found

    def click(self, selector: str) -> None:
        """Clicks the first element, as a mouse does: it must be in view and uncovered."""
        _call(f"{self._element(selector)}/click", {})

    def click_nth(self, selector: str, number: int) -> None:
        """Clicks one of the elements, counted from 0: the mouse moves there, and then clicks."""
        body = {"using": "css selector", "value": selector}
        found = _call(f"{self.session}/elements", body)[number][ELEMENT]
        move = {"type": "pointerMove", "duration": 0, "origin": {ELEMENT: found}, "x": 0, "y": 0}
        centre = "arguments[0].scrollIntoView({block: 'center', inline: 'center'})"
        self.run(centre, {ELEMENT: found})
        steps = [move, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        pointer = {"type": "pointer", "id": "mouse", "actions": steps}
        _call(f"{self.session}/actions", {"actions": [pointer]})

    @contextmanager
    def sized(self, width: int, height: int) -> Iterator[None]:
        """The window in another size for a while, as a phone's may be."""
        before = _call(f"{self.session}/window/rect")
        self._resize(width, height)
        try:
            yield
        finally:
            self._resize(before["width"], before["height"])

    def _resize(self, width: int, height: int) -> None:
        """Sets what the page has for itself; a headless window has no frame to speak of."""
        _call(f"{self.session}/window/rect", {"width": width, "height": height})
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        command = {"cmd": "Emulation.setDeviceMetricsOverride", "params": metrics}
        _call(f"{self.session}/goog/cdp/execute", command)

    def type(self, selector: str, text: str) -> None:
        """Types into a field."""
        _call(f"{self._element(selector)}/value", {"text": text})

    def text(self, selector: str) -> str:
        """The text of the first element as it is rendered."""
        return str(_call(f"{self._element(selector)}/text"))

    def console(self) -> list[str]:
        """What the page complained about, as far as the browser logged it."""
        found = _call(f"{self.session}/se/log", {"type": "browser"})
        return [str(one["message"]) for one in found]

    def print(self) -> str:
        """The page as it is printed on A4, a PDF in base 64."""
        paper = {"page": {"width": 21.0, "height": 29.7}}
        return str(_call(f"{self.session}/print", paper))

    def emulate(self, media: dict[str, object]) -> None:
        """Shows the page as on another medium, or to other preferences."""
        body = {"cmd": "Emulation.setEmulatedMedia", "params": media}
        _call(f"{self.session}/goog/cdp/execute", body)

    def screenshot(self, file: Path) -> None:
        """Saves what the window shows."""
        file.write_bytes(base64.b64decode(_call(f"{self.session}/screenshot")))

    def _element(self, selector: str) -> str:
        body = {"using": "css selector", "value": selector}
        return f"{self.session}/element/{_call(f'{self.session}/element', body)[ELEMENT]}"


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser with a profile folder of its own, gone afterwards."""
    program, binary = driver(), chromium()
    assert program is not None
    process = subprocess.Popen(
        [program, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        session = _session(_address(process), binary, profile)
        try:
            yield Browser(session)
        finally:
            _call(session, method="DELETE")
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _address(process: subprocess.Popen[str]) -> str:
    """Where the driver listens, which it prints when it does."""
    assert process.stdout is not None
    for line in process.stdout:
        if "started successfully on port" in line:
            return f"http://127.0.0.1:{line.split()[-1].rstrip('.')}"
    raise RuntimeError("chromedriver ended without listening")


def _session(address: str, binary: str | None, profile: Path) -> str:
    options = {"binary": binary, "args": [*ARGUMENTS, f"--user-data-dir={profile}"]}
    capabilities = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
    found = _call(f"{address}/session", {"capabilities": {"alwaysMatch": capabilities}})
    return f"{address}/session/{found['sessionId']}"


def _call(url: str, body: dict[str, object] | None = None, method: str | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    if method is not None:
        request.method = method
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["value"]
