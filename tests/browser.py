"""Headless Chromium driven over its debugging pipe: no driver, no package, no port.

The protocol is the Chrome DevTools Protocol, JSON messages that end in a zero byte, on file descriptors 3 and 4 of the
browser. Everything a page asks the network for, says on its console or throws is collected.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import selectors
import shutil
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest

CHROMIUM: Final = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH; .ci/run installs Debian's package chromium")

_FLAGS: Final = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-extensions", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
    "--enable-unsafe-swiftshader", "--remote-debugging-pipe", "--force-color-profile=srgb",
)  # fmt: skip
_KEYS: Final = {
    "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Tab": 9, "Enter": 13, "Home": 36, "End": 35, "PageUp": 33, " ": 32,
}  # fmt: skip


class Browser:
    """One Chromium with a folder of its own; use it in a ``with`` statement.

    Parameters
    ----------
    flags
        Further command-line flags, for example ``--disable-3d-apis``.
    """

    def __init__(self, *flags: str) -> None:
        assert CHROMIUM is not None
        self._folder = TemporaryDirectory(prefix="browser_", ignore_cleanup_errors=True)
        to_child, self._write = os.pipe()
        self._read, from_child = os.pipe()
        self._process = _started([CHROMIUM, *_FLAGS, f"--user-data-dir={self._folder.name}", *flags, "about:blank"], to_child, from_child)
        self._buffer, self._number = b"", 0
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._read, selectors.EVENT_READ)
        self._pages: dict[str, Page] = {}

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.call("Browser.close", wait_s=10.0)
        except (OSError, TimeoutError):
            os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        self._selector.close()
        os.close(self._read)
        os.close(self._write)
        self._folder.cleanup()

    def page(self, width: int = 1400, height: int = 840, *, dark: bool = False, touch: bool = False, offline: bool = True) -> Page:
        """A new empty page of a size in CSS pixels; without a network unless ``offline`` is False."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.call(f"{domain}.enable")
        page.resize(width, height, mobile=touch)
        if touch:
            page.call("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=2)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        page.call("Emulation.setEmulatedMedia", features=scheme)
        if offline:
            page.call("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)
        return page

    def call(self, method: str, session: str | None = None, wait_s: float = 60.0, **parameters: Any) -> dict[str, Any]:
        """Send one command and wait for its answer; events that come before it are kept by their pages."""
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": parameters} | ({"sessionId": session} if session else {})
        rest = memoryview(json.dumps(message).encode() + b"\0")
        while rest:
            rest = rest[os.write(self._write, rest) :]
        end = time.monotonic() + wait_s
        while (answer := self._receive(end, method)).get("id") != number:
            self._keep(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        found: dict[str, Any] = answer.get("result", {})
        return found

    def _receive(self, end: float, method: str) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            if not self._selector.select(max(0.0, end - time.monotonic())):
                raise TimeoutError(f"no answer to {method}")
            chunk = os.read(self._read, 1 << 20)
            if not chunk:
                raise ConnectionError(f"the browser ended during {method}")
            self._buffer += chunk
        message, _, self._buffer = self._buffer.partition(b"\0")
        decoded: dict[str, Any] = json.loads(message)
        return decoded

    def _keep(self, event: dict[str, Any]) -> None:
        if page := self._pages.get(event.get("sessionId", "")):
            page.keep(event["method"], event["params"])


def _started(command: Sequence[str], reads: int, writes: int) -> int:
    """Process of a browser whose descriptors 3 and 4 are these ends of pipes, which are closed here."""
    # Out of the way first, so that putting one in its place does not close the other.
    ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (reads, writes)]
    places: list[Any] = [(os.POSIX_SPAWN_DUP2, end, place) for end, place in zip(ends, (3, 4), strict=True)]
    silent = [(os.POSIX_SPAWN_OPEN, place, os.devnull, os.O_RDWR, 0) for place in (0, 1, 2)]
    process = os.posix_spawn(command[0], command, os.environ, file_actions=[*silent, *places])
    for end in (reads, writes, *ends):
        os.close(end)
    return process


class Page:
    """One tab: what it asked for, what went wrong, and the hands of a user.

    Attributes
    ----------
    requests
        URL of everything it asked for, data and blob URLs left out.
    errors
        Errors and warnings on the console, and exceptions nobody caught.
    """

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session
        self.requests: list[str] = []
        self.errors: list[str] = []

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command to this page."""
        return self._browser.call(method, self._session, **parameters)

    def keep(self, method: str, event: dict[str, Any]) -> None:
        """Take in one event."""
        if method == "Network.requestWillBeSent" and not event["request"]["url"].startswith(("data:", "blob:")):
            self.requests.append(event["request"]["url"])
        elif method == "Runtime.consoleAPICalled" and event["type"] in ("error", "warning", "assert"):
            self.errors.append(" ".join(str(part.get("value", part.get("description"))) for part in event["args"]))
        elif method == "Runtime.exceptionThrown":
            details = event["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        # The driver's advice on speed is no fault of the page.
        elif (
            method == "Log.entryAdded"
            and event["entry"]["level"] in ("error", "warning")
            and "GL Driver Message" not in event["entry"]["text"]
        ):
            self.errors.append(event["entry"]["text"])

    def open(self, address: str | Path) -> None:
        """Go to a file or URL."""
        found = self.call("Page.navigate", url=address.resolve().as_uri() if isinstance(address, Path) else address)
        if "errorText" in found:
            raise RuntimeError(f"{address}: {found['errorText']}")

    def evaluate(self, expression: str) -> Any:
        """Value of a JavaScript expression; a promise is waited for."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            details = found["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description", details["text"]))
        return found["result"].get("value")

    def wait(self, expression: str, wait_s: float = 30.0) -> Any:
        """Value of an expression as soon as it is true."""
        end = time.monotonic() + wait_s
        while not (value := self.evaluate(expression)):
            if time.monotonic() > end:
                raise TimeoutError(f"never true: {expression}; errors: {self.errors}")
            time.sleep(0.03)
        return value

    def resize(self, width: int, height: int, *, mobile: bool = False, scale: float = 1.0) -> None:
        """Size of the window in CSS pixels, and device pixels for each of them."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=mobile)

    def press(self, key: str, times: int = 1) -> None:
        """Press and release a key."""
        code = _KEYS.get(key, ord(key[0].upper()))
        text = {"text": key} if len(key) == 1 else {}
        for _ in range(times):
            self.call("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, **text)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def move(self, x: float, y: float) -> None:
        """Move the mouse without a button."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click(self, x: float, y: float) -> None:
        """Press and release the left button."""
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def drag(self, path: Sequence[tuple[float, float]]) -> None:
        """Drag with the left button along points."""
        (x, y), *_ = path
        self.call("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, button="left", buttons=1, clickCount=1)
        for x, y in path[1:]:
            self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, button="left", buttons=1)
        self.call("Input.dispatchMouseEvent", type="mouseReleased", x=x, y=y, button="left", clickCount=1)

    def wheel(self, x: float, y: float, delta: float) -> None:
        """Turn the wheel by ``delta`` pixels; down is positive."""
        self.call("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=delta)

    def touch(self, path: Sequence[Sequence[tuple[float, float]]]) -> None:
        """Move fingers together: each element of ``path`` holds the place of every finger."""
        for index, fingers in enumerate(path):
            kind = "touchMove" if index else "touchStart"
            self.call("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(fingers)])
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def picture(self, path: Path | None = None) -> bytes:
        """What is seen, as PNG; also written to ``path``."""
        png = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        if path is not None:
            path.write_bytes(png)
        return png
