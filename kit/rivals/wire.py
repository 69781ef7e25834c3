"""One exchange with an OpenAI-compatible chat-completions server: a reply, or a named fault.

The format is that of https://platform.openai.com/docs/api-reference/chat (read 2026-11): one choice is asked for, token
counts stand in `usage`. The key is in the header alone; whatever a server echoes of it is struck out before it is kept.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import httpx2

from kit.errors import ConfigError

MOST_BYTES = 10_000_000
SHOWN = 160
STRUCK_OUT = "[key]"
SHORTEST_SECRET = 8


@dataclass(frozen=True)
class Endpoint:
    """Where and how to ask; `body` holds what every request carries besides its messages."""

    url: str
    body: dict[str, Any]
    key: str | None = None
    timeout_s: float = 60.0
    key_env: str = "OPENAI_API_KEY"

    @property
    def most_output_tokens(self) -> int | None:
        """The longest answer that a request allows."""
        found = self.body.get("max_completion_tokens") or self.body.get("max_tokens")
        return found if isinstance(found, int) else None

    def without_key(self, text: str) -> str:
        return text.replace(self.key, STRUCK_OUT) if self.key and is_secret(self.key) else text


@dataclass(frozen=True)
class Reply:
    """What came back. Token counts are the server's own, None where it gave none."""

    text: str
    raw: dict[str, Any]
    latency_ms: float
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_input_tokens: int = 0
    finish_reason: str | None = None


class Fault(Exception):
    """An exchange without an answer. `passing`: worth another try; `of_row`: this row's fault, not the server's."""

    def __init__(self, kind: str, message: str, *, passing: bool = False, of_row: bool = False,
                 wait_s: float | None = None) -> None:  # fmt: skip
        self.kind, self.message, self.passing, self.of_row, self.wait_s = kind, message, passing, of_row, wait_s
        super().__init__(message)


def is_secret(key: str) -> bool:
    """A short key is a dummy for a server that needs none ("x", "EMPTY"): to strike it out would spoil answers."""
    return len(key) >= SHORTEST_SECRET


def completions_url(endpoint: str) -> str:
    """The address to post to. Raises ConfigError where the address is none or carries a key that would be stored."""
    try:
        url = httpx2.URL(endpoint.strip())
    except httpx2.InvalidURL as err:
        raise ConfigError(f"--endpoint {endpoint!r}: is no address ({err}); write https://HOST/v1") from None
    if url.userinfo or url.query:
        raise ConfigError("--endpoint: holds a user, a password or a query, which would be stored with the run; give "
                          "the bare address, and the key through the environment variable that --key-env names")
    if url.scheme not in {"http", "https"} or not url.host:
        raise ConfigError(f"--endpoint {endpoint!r}: is no web address; write https://HOST/v1")
    address = str(url).rstrip("/")
    return address if address.endswith("/chat/completions") else f"{address}/chat/completions"


def exchange(client: httpx2.Client, endpoint: Endpoint, messages: list[dict[str, str]]) -> Reply:
    """Ask once. Raises Fault; no other exception leaves here."""
    headers = {"Content-Type": "application/json"}
    headers |= {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
    content = json.dumps({**endpoint.body, "messages": messages}).encode()  # ASCII: half an emoji in a row is no fault
    start = time.monotonic()
    try:
        with client.stream(
            "POST", endpoint.url, content=content, headers=headers, timeout=endpoint.timeout_s
        ) as response:
            said = _whole(response, start + endpoint.timeout_s)
    except httpx2.TimeoutException:
        raise Fault("timeout", f"no answer within {endpoint.timeout_s:g} s", passing=True) from None
    except httpx2.ConnectError as err:
        raise Fault("no connection", f"cannot connect ({endpoint.without_key(str(err))})", passing=True) from None
    except httpx2.HTTPError as err:
        name = type(err).__name__  # a protocol error of ours may quote the header, so its words stay unsaid
        why = name if isinstance(err, httpx2.LocalProtocolError) else endpoint.without_key(str(err)) or name
        raise Fault("broken connection", f"the connection broke ({why})", passing=True) from None
    latency_ms = 1000 * (time.monotonic() - start)
    text = endpoint.without_key(said.decode("utf-8", errors="replace"))
    if response.status_code != 200:
        raise _refusal(response, text)
    return read_reply(text, latency_ms)


def read_reply(text: str, latency_ms: float) -> Reply:
    """The one answer in a server's JSON. Raises Fault, worth another try, where the JSON is not what was asked for."""
    try:
        held = json.loads(text)
    except ValueError:
        what = "a web page" if text.lstrip()[:1] == "<" else f"{text[:SHOWN]!r}"
        raise Fault("not JSON", f"status 200 with {what} instead of JSON", passing=True) from None
    choices = held.get("choices") if isinstance(held, dict) else None
    if not isinstance(choices, list):
        raise Fault("no choices", f"status 200 without choices: {text[:SHOWN]!r}", passing=True)
    if len(choices) != 1:
        raise Fault("wrong choices", f"{len(choices)} choices instead of the one asked for", passing=True)
    message = choices[0].get("message") if isinstance(choices[0], dict) else None
    if not isinstance(message, dict) or not isinstance(message.get("content"), str | None):
        raise Fault("no message", f"a choice without a message in text: {text[:SHOWN]!r}", passing=True)
    usage = held.get("usage") if isinstance(held.get("usage"), dict) else {}
    details = usage.get("prompt_tokens_details")
    cached = _count(details.get("cached_tokens")) if isinstance(details, dict) else None
    if cached is None:
        cached = _count(usage.get("prompt_cache_hit_tokens"))
    whole = _count(usage.get("prompt_tokens"))
    said = (message.get("content") or "").encode("utf-8", "replace").decode()  # an answer may end in half an emoji
    return Reply(
        text=said, raw=held, latency_ms=latency_ms, input_tokens=whole,
        output_tokens=_count(usage.get("completion_tokens")), cached_input_tokens=min(cached or 0, whole or 0),
        finish_reason=choices[0].get("finish_reason"),
    )  # fmt: skip


def _whole(response: httpx2.Response, deadline: float) -> bytes:
    """The body, unless it drips in past the deadline or does not end."""
    content = b""
    for part in response.iter_bytes():
        content += part
        if time.monotonic() > deadline:
            raise httpx2.ReadTimeout("the answer did not end in time")
        if len(content) > MOST_BYTES:
            raise Fault("too long", f"an answer of more than {MOST_BYTES // 10**6} MB", passing=True)
    return content


def _refusal(response: httpx2.Response, text: str) -> Fault:
    """The fault of a status that is not 200: which are worth another try, and which are the row's own."""
    status = response.status_code
    said = f"status {status}: {_message(text)}"
    if status == 401:
        return Fault("wrong key", f"{said}; the server does not let us in")
    if status == 402:
        return Fault("no money left", said)
    if status in {400, 413, 422}:
        return Fault(f"status {status}", said, of_row=True)
    if status == 429:
        return Fault("rate limit", said, passing=True, wait_s=_seconds_asked_for(response))
    if status in {408, 409, 425} or status >= 500:
        return Fault(f"status {status}", said, passing=True, wait_s=_seconds_asked_for(response))
    return Fault(f"status {status}", said)


def _message(text: str) -> str:
    """The server's own words, short."""
    try:
        held = json.loads(text)
        error = held.get("error", held)
        found = error.get("message") if isinstance(error, dict) else error
        return str(found or text)[:SHOWN]
    except (ValueError, AttributeError):
        return "a web page" if text.lstrip()[:1] == "<" else repr(text[:SHOWN])


def _seconds_asked_for(response: httpx2.Response) -> float | None:
    """Retry-After, in seconds or as a date (RFC 9110, section 10.2.3)."""
    told = response.headers.get("retry-after")
    if told is None:
        return None
    try:
        return max(0.0, float(told))
    except ValueError:
        pass
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(told).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
