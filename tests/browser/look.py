"""Screenshots of pages: `python tests/browser/look.py OUT --pages brief,proof --langs en,zh --widths 1440,390`.

Serves the example project or, with `--url`, looks at pages served already; tells sideways scroll and console errors.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
WAIT_S = 60


def browser(width: int, height: int, *, is_dark: bool = False) -> Any:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en-US",
                     "--hide-scrollbars", f"--window-size={width},{height}"):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    if is_dark:
        scheme = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
    return driver


def serve(folder: Path, place: Path) -> tuple[subprocess.Popen[bytes], str]:
    """The pages over a runs folder, on a free port, with a store of their own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "XDG_CACHE_HOME": str(place / "cache"),
                "MOATKIT_STORE": str(place / "moatkit.db")}  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "kit", "dashboard", "--runs", str(folder), "--port", str(port)],
                               cwd=place, env=settings, stdout=subprocess.DEVNULL)  # fmt: skip
    url, deadline = f"http://127.0.0.1:{port}", time.time() + WAIT_S
    while time.time() < deadline:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()
            return process, url
        except OSError:
            time.sleep(0.3)
    raise SystemExit("the pages did not come up")


BUSY = """const app = document.querySelector('.stApp');
return !app || app.getAttribute('data-test-script-state') !== 'notRunning' || !document.querySelector('h1')
  || document.querySelector('[data-testid=stSkeleton]') !== null ? '' : document.body.innerText"""


def settle(driver: Any, quiet_s: float = 1.2) -> None:
    """Until the page has a title, runs no more, and its text has stopped changing."""
    deadline, last, since = time.time() + WAIT_S, "", time.time()
    while time.time() < deadline:
        text = driver.execute_script(BUSY)
        if text != last or not text:
            last, since = text, time.time()
        elif time.time() - since > quiet_s:
            return
        time.sleep(0.15)


def shoot(driver: Any, path: Path, *, whole: bool, width: int, most_px: int = 6000) -> None:
    if whole:  # the pages scroll inside their own pane: make the window as tall as what it holds
        height = driver.execute_script(
            "const m=document.querySelector('[data-testid=stMain]'); return m ? m.scrollHeight : 900")
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": min(most_px, max(900, int(height))), "deviceScaleFactor": 1,
            "mobile": width < 500})  # fmt: skip
        settle(driver, 0.8)
    driver.save_screenshot(str(path))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("out", type=Path)
    asked.add_argument("--url")
    asked.add_argument("--runs", type=Path)
    asked.add_argument("--pages", required=True)
    asked.add_argument("--langs", default="en,zh")
    asked.add_argument("--widths", default="1440,390")
    asked.add_argument("--query", default="")
    asked.add_argument("--height", type=int, default=900)
    asked.add_argument("--first-screen", action="store_true")
    asked.add_argument("--dark", action="store_true")
    given = asked.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    process = None
    with tempfile.TemporaryDirectory() as place:
        url = given.url
        if url is None:
            process, url = serve((given.runs or Path(place) / "runs").resolve(), Path(place))
        try:
            for width in map(int, given.widths.split(",")):
                driver = browser(width, given.height, is_dark=given.dark)
                try:
                    for page in given.pages.split(","):
                        for lang in given.langs.split(","):
                            _one(driver, url, page, lang, width, given)
                finally:
                    driver.quit()
        finally:
            if process is not None:
                process.terminate()
                process.wait(20)


def _one(driver: Any, url: str, page: str, lang: str, width: int, given: argparse.Namespace) -> None:
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": given.height, "deviceScaleFactor": 1, "mobile": width < 500})  # fmt: skip
    driver.get(f"{url}/{'' if page == 'brief' else page}?lang={lang}{given.query}")
    settle(driver)
    wide, inner = driver.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
    shoot(driver, given.out / f"{page}-{lang}-{width}{'-dark' if given.dark else ''}.png",
          whole=not given.first_screen, width=width)  # fmt: skip
    loud = [line["message"][:200] for line in driver.get_log("browser") if line["level"] == "SEVERE"]
    print(f"{page:16} {lang} {width:5}  {'WIDE ' + str(wide) if wide > inner else 'ok'}  {loud or ''}", flush=True)


if __name__ == "__main__":
    main()
