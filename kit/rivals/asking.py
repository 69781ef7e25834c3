"""All the questions of a run, several at a time: each is asked once, kept on the disk, and paid within the cap."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

import httpx2

from kit import runs
from kit.errors import PriceError, RunError
from kit.rivals.journal import Journal
from kit.rivals.patience import Patience, Stopped
from kit.rivals.spend import Bound, Purse, Tariff
from kit.rivals.wire import Endpoint, Fault, Reply, exchange

REFUSALS_BEFORE_GIVING_UP = 3  # rows refused while none was answered: then it is not the rows
PROGRESS_EVERY_S = 10.0


@dataclass(frozen=True)
class Question:
    """What is asked about one row; `key` names it in the journal."""

    key: str
    messages: list[dict[str, str]]

    @property
    def text(self) -> str:
        return "\n".join(message["content"] for message in self.messages)


@dataclass
class Tally:
    """How the asking ended: rows refused by the server with its reason, and whether the cap stopped it."""

    refused: dict[str, str] = field(default_factory=dict)
    out_of_money: bool = False


@dataclass
class Asker:
    """The means of asking; the journal holds what was answered before."""

    endpoint: Endpoint
    patience: Patience
    journal: Journal
    purse: Purse
    tariff: Tariff | None = None
    concurrency: int = 4

    def __post_init__(self) -> None:
        self.bound = Bound(self.tariff, self.endpoint.most_output_tokens or 0) if self.tariff else None

    def ask_all(self, questions: Sequence[Question]) -> Tally:
        """Ask whatever the journal does not hold. Raises RunError that names the fault; answers so far are kept."""
        left = [question for question in questions if question.key not in self.journal.answers]
        for question in questions:
            if self.bound and (line := self.journal.answers.get(question.key)):
                self.bound.learn(question.text, line["input_tokens"], line["output_tokens"])
        limits = httpx2.Limits(max_connections=self.concurrency, max_keepalive_connections=self.concurrency)
        threads = ThreadPoolExecutor(self.concurrency)
        try:
            with httpx2.Client(limits=limits, follow_redirects=False) as client, threads as pool:
                return self._ask_in(pool, client, left)
        except Fault as fault:  # all requests have ended by now, so the answers are counted to the last
            raise RunError(self._named(fault, len(questions))) from None

    def _ask_in(self, pool: ThreadPoolExecutor, client: httpx2.Client, left: Sequence[Question]) -> Tally:
        tally, told = Tally(), time.monotonic()
        under_way: dict[Future[None], Question] = {}
        try:
            for question in left:
                while len(under_way) >= self.concurrency:
                    self._collect(under_way, tally)
                aside = self._set_aside(question, under_way, tally)
                if aside is None:
                    tally.out_of_money = True
                    break
                under_way[pool.submit(self._ask, client, question, aside)] = question
                told = self._tell(told)
            while under_way:
                self._collect(under_way, tally)
        except BaseException:
            self.patience.stop()  # requests on the wire still end and are kept; waiting ones are not sent
            raise
        return tally

    def _set_aside(self, question: Question, under_way: dict[Future[None], Question], tally: Tally) -> float | None:
        """Money for the request, once requests under way have freed enough of it; None where it will not fit."""
        if self.bound is None or self.purse.cap is None:
            return 0.0
        while not self.purse.set_aside(most := self.bound.of(question.text)):
            if not under_way:
                return None
            self._collect(under_way, tally)
        return most

    def _ask(self, client: httpx2.Client, question: Question, aside: float) -> None:
        cost: float | None = 0.0
        try:
            reply, tries = self.patience.until_answered(lambda: exchange(client, self.endpoint, question.messages))
            cost = self._cost(reply)
            if self.bound:
                self.bound.learn(question.text, reply.input_tokens, reply.output_tokens)
            line = answer_line(question.key, reply, tries, cost)
            self.journal.add(line | ({"aside": aside} if cost is None else {}))
        finally:
            self.purse.settle(aside, aside if cost is None else cost)

    def _cost(self, reply: Reply) -> float | None:
        if self.tariff is None or reply.input_tokens is None or reply.output_tokens is None:
            return None
        try:
            return self.tariff.cost(reply.input_tokens, reply.output_tokens, cached=reply.cached_input_tokens)
        except PriceError:  # longer than the sheet has a price for: the answer is kept all the same
            return None

    def _collect(self, under_way: dict[Future[None], Question], tally: Tally) -> None:
        """Wait for a request to end. A row that the server refuses is noted; any other fault is raised."""
        done, _ = wait(under_way, return_when=FIRST_COMPLETED)
        for future in done:
            question = under_way.pop(future)
            try:
                future.result()
            except Stopped:
                continue
            except Fault as fault:
                if not fault.of_row:
                    raise
                tally.refused[question.key] = fault.message
                if not self.journal.answers and len(tally.refused) >= REFUSALS_BEFORE_GIVING_UP:
                    raise

    def _named(self, fault: Fault, wanted: int) -> str:
        why = fault.message
        if fault.kind == "wrong key":
            sent = "the key in" if self.endpoint.key else "no key was sent: set"
            why = f"{why} ({sent} the environment variable {self.endpoint.key_env})"
        counted = ", ".join(f"{count} x {kind}" for kind, count in sorted(self.patience.retries.items()))
        tried = f"; failed tries: {counted}" if counted else ""
        return (
            f"{self.endpoint.url}: {why}{tried}; {len(self.journal.answers)} of {wanted} answers are kept in "
            f"{self.journal.path}; go on with the same command and --resume"
        )

    def _tell(self, last: float) -> float:
        if time.monotonic() - last < PROGRESS_EVERY_S:
            return last
        print(f"{len(self.journal.answers)} answered", file=sys.stderr)
        return time.monotonic()


def answer_line(key: str, reply: Reply, tries: int, cost: float | None) -> dict[str, Any]:
    """A line of the journal; the server's whole answer is under `raw`."""
    return {
        "key": key, "text": reply.text, "input_tokens": reply.input_tokens, "output_tokens": reply.output_tokens,
        "cached_input_tokens": reply.cached_input_tokens, "latency_ms": reply.latency_ms, "cost": cost, "tries": tries,
        "finish_reason": reply.finish_reason, "at": runs.now(), "raw": reply.raw,
    }  # fmt: skip
