"""A real headless Chromium on the pages that `moatkit dashboard` serves; skipped with the program's name without it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from synthetic_runs import ACCURATE, WEAK, write_run

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 60
NAME = "$a$ **b** :red[x] <b>c<b>"


@dataclass
class Served:
    """The pages, the folder they read, and the process behind them."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]


@pytest.fixture(scope="session")
def chromium() -> tuple[str, str]:
    pytest.importorskip("selenium")
    program = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("chromium and chromedriver are not installed: apt-get install chromium chromium-driver")
    return program, driver


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, chromium: tuple[str, str]) -> Iterator[Served]:
    """A project with two finished runs, one with a hostile name, and rows to label."""
    place = tmp_path_factory.mktemp("project")
    folder = place / "runs"
    write_run(folder / "good", ACCURATE)
    write_run(folder / "weak", WEAK)
    write_run(folder / NAME, WEAK, seed=2, fingerprint="b" * 64)
    (place / "uploads").mkdir()
    rows = "".join(f"{i},ticket number {i},{'refund' if i % 9 == 0 else ''}\n" for i in range(30))
    rows = f"id,text,label\n{rows}1001,late parcel,delivery\n"
    (place / "uploads" / "tickets.csv").write_text(rows, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1",
                "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "kit", "dashboard", "--runs", str(folder), "--port", str(port)],
                               cwd=place, env=settings, stdout=subprocess.DEVNULL)  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    deadline = time.time() + WAIT_S
    while time.time() < deadline:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()
            break
        except OSError:
            time.sleep(0.3)
    yield Served(url, folder, process)
    process.send_signal(signal.SIGTERM)
    process.wait(20)


@pytest.fixture
def browser(chromium: tuple[str, str]) -> Iterator[Callable[..., Any]]:
    """`browser(width, height, is_dark)`; every window is closed at the end, after its console was read."""
    from selenium import webdriver

    opened = []

    def make(width: int = 1280, height: int = 1600, *, is_dark: bool = False) -> Any:
        options = webdriver.ChromeOptions()
        options.binary_location = chromium[0]
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en-US",
                         f"--window-size={width},{height}"):  # fmt: skip
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromium[1]))
        opened.append(driver)
        if width < 500:
            size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        if is_dark:
            scheme = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
        return driver

    yield make
    for driver in opened:
        driver.quit()
