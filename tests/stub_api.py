"""A chat-completions server on the loopback: it says what it is told to, counts, and misbehaves on demand."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-planted-secret-1234567890"


class Stub:
    """`answer(content of the last message) -> text`; `faults` are given out first, one per request."""

    def __init__(self, answer: Callable[[str], str]) -> None:
        self.answer = answer
        self.faults: list[Callable[[Any], None]] = []
        self.always: Callable[[Any], None] | None = None
        self.tokens: Callable[[str], tuple[int, int]] | None = lambda prompt: (100, 5)
        self.asked: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.keys: set[str | None] = set()
        self.lock = threading.Lock()

    @property
    def requests(self) -> int:
        return len(self.bodies)


@contextmanager
def serving(stub: Stub):
    """The server's address, `http://127.0.0.1:PORT/v1`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: two would each wait for the other's acknowledgement

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            prompt = body["messages"][-1]["content"]
            with stub.lock:
                stub.bodies.append(body)
                stub.keys.add(self.headers.get("authorization"))
                fault = stub.always or (stub.faults.pop(0) if stub.faults else None)
            if fault is not None:
                fault(self)
                return
            with stub.lock:
                stub.asked[prompt] += 1
            message = {"role": "assistant", "content": stub.answer(prompt)}
            reply: dict[str, Any] = {"model": body["model"],
                                     "choices": [{"index": 0, "finish_reason": "stop", "message": message}]}
            if stub.tokens:
                into, out = stub.tokens(prompt)
                reply["usage"] = {"prompt_tokens": into, "completion_tokens": out, "total_tokens": into + out}
            send(self, 200, reply)

        def log_message(self, *words: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """A client that hangs up is what a timeout looks like from here."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def send(handler: Any, status: int, body: Any, **headers: str) -> None:
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(raw)))
    handler.end_headers()
    with suppress(OSError):  # the client has gone, as it should after a timeout
        handler.wfile.write(raw)


def status(code: int, message: str = "planted", **headers: str) -> Callable[[Any], None]:
    return lambda handler: send(handler, code, {"error": {"message": message}}, **headers)


def says(body: Any) -> Callable[[Any], None]:
    return lambda handler: send(handler, 200, body)


def drip(handler: Any) -> None:
    """A byte at a time, each in time by itself, all together far too late."""
    handler.close_connection = True
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):
        for _ in range(20):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)


def slow(seconds: float) -> Callable[[Any], None]:
    def fault(handler: Any) -> None:
        time.sleep(seconds)
        send(handler, 200, {})

    return fault
