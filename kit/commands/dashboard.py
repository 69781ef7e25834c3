"""The verb `dashboard`: starts the pages as a process of their own and stops them when it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

LOCAL = ("127.0.0.1", "localhost", "::1")


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("dashboard")(dashboard)


def dashboard(
    runs: Annotated[Path, typer.Option("--runs", help="The folder that holds the runs.")] = Path("runs"),
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to listen on.")] = 8501,
    address: Annotated[str, typer.Option("--address", help="Only this machine, until sign-in exists.")] = "127.0.0.1",
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = False,
) -> None:
    """Open the dashboard on this machine: brief, review, runs, proof, data."""
    from importlib.util import find_spec

    from kit.errors import ConfigError
    from kit.paths import shipped

    if address not in LOCAL:
        raise ConfigError(f"--address is {address!r}: without sign-in the pages are for this machine alone; leave it "
                          "out and reach them from elsewhere through `ssh -L 8501:127.0.0.1:8501 HOST`")
    if find_spec("streamlit") is None:
        raise ConfigError("the dashboard needs streamlit and plotly, which come with moatkit: install it again by "
                          "pip install --force-reinstall moatkit")
    if runs.exists() and not runs.is_dir():
        raise ConfigError(f"--runs is {str(runs)!r}: is a file; name the folder that holds the runs")
    _refuse_taken(port, address)
    place = shipped("dashboards")
    command = [
        sys.executable, "-m", "streamlit", "run", str(place / "app.py"), f"--server.address={address}",
        f"--server.port={port}", f"--server.headless={str(not open_browser).lower()}",
        "--browser.gatherUsageStats=false", "--server.fileWatcherType=none",
    ]  # fmt: skip
    settings = {**os.environ, "MOATKIT_RUNS": str(runs.resolve())}
    print(f"dashboard  http://{address}:{port}   runs in {runs}   (Ctrl-C stops it)", flush=True)
    raise typer.Exit(_watch(subprocess.Popen(command, env=settings, start_new_session=True)))


def _refuse_taken(port: int, address: str) -> None:
    import socket

    from kit.errors import ConfigError

    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as err:
            raise ConfigError(f"--port is {port}: cannot be listened on ({err.strerror}); name another one") from err


def _watch(child: subprocess.Popen[bytes]) -> int:
    """Wait; SIGTERM and SIGINT go on to the pages, and stopping them by one of these is no failure."""
    stopped = False

    def pass_on(number: int, _frame: object) -> None:
        nonlocal stopped
        stopped = True
        child.terminate()

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        code = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0 if stopped else 1 if code else 0
