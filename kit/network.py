"""Is a server there? One request with a deadline: a client's own retries would turn silence into minutes."""

from __future__ import annotations

from contextlib import suppress
from urllib.error import HTTPError
from urllib.request import Request, urlopen


def knock(endpoint: str, silence_s: float) -> None:
    """Return once `endpoint` answers anything; OSError or ValueError where it does not within `silence_s`."""
    with suppress(HTTPError):  # an error page is an answer too
        urlopen(Request(endpoint, method="HEAD"), timeout=silence_s).close()
