"""Run scripts of the offline page by themselves: in Node where it is, in headless Chromium otherwise."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any, Final

import pytest
from browser import CHROMIUM, Browser

from spinesim.viz.offline.page import asset

NODE: Final = shutil.which("node")
needs_javascript = pytest.mark.skipif(
    NODE is None and CHROMIUM is None, reason="neither Node nor Chromium on PATH; .ci/run installs Debian's package chromium"
)


def run(scripts: tuple[str, ...], code: str, data: Mapping[str, Any]) -> Any:
    """What ``code`` returns after ``scripts``; it finds ``data`` under that name."""
    parts = "\n".join(asset(f"{name}.js") for name in scripts)
    function = f"(function (data) {{ 'use strict';\n{parts}\n{code}\n}})({json.dumps(data)})"
    if NODE is None:
        with Browser() as browser:
            return browser.page().evaluate(function)
    done = subprocess.run([NODE, "-"], input=f"console.log(JSON.stringify({function}))", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
