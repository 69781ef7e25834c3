"""The guide of a playbook as Markdown in one language, written from its handbook and its venture.

The files README.md and README.zh-CN.md of a playbook are this text, kept equal by a test, so that the guide, the
worksheets and the two languages cannot tell different stories.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import yaml

from kit.strategy.assumptions import Assumption, Source
from kit.strategy.handbook import Figure, FigureRow, Handbook, Words, value_at
from kit.strategy.venture import TripwireRow, Venture

FILES = {"en": "README.md", "zh": "README.zh-CN.md"}
TEXTS = Path(__file__).with_name("guide_texts.yaml")


@lru_cache(maxsize=1)
def texts() -> dict[str, dict[str, str]]:
    """key -> language -> text."""
    return yaml.safe_load(TEXTS.read_text(encoding="utf-8"))


class _Page:
    """Lines of one guide in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.lines: list[str] = []

    def text(self, key: str, **values: str) -> str:
        return texts()[key][self.language].format(**values)

    def said(self, words: Words) -> str:
        return words.said(self.language)

    def lead(self, key: str, text: str, **values: str) -> str:
        """A fixed opening in bold and what it opens; Chinese needs no space between them."""
        return f"**{self.text(key, **values)}**" + ("" if self.language == "zh" else " ") + text

    def heading(self, key: str, level: int = 2) -> None:
        self.lines += [f"{'#' * level} {self.text(key)}", ""]

    def paragraph(self, text: str) -> None:
        self.lines += [text, ""]

    def listed(self, items: Iterable[str], *, numbered: bool = False) -> None:
        self.lines += [f"{number}. {item}" if numbered else f"- {item}" for number, item in enumerate(items, 1)] + [""]

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        head = [self.text(column) for column in columns]
        self.lines += ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        for row in rows:
            self.lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |")
        self.lines.append("")

    def source(self, source: Source, date: dt.date | None = None) -> str:
        """Kind, reference and day; what was invented says only that, since there is nothing to open."""
        kind = self.text(f"kind_{source.kind}")
        if source.kind in ("guess", "example"):
            return kind
        return kind + self.text("colon") + self.reference(source.ref, date)

    def reference(self, ref: str, date: dt.date | None = None) -> str:
        address = f"<{ref}>" if ref.startswith("http") else f"`{ref}`"
        return f"{address}, {date}" if date else address

    def figure(self, figure: Figure | Assumption) -> str:
        """1,200 USD (price: address, day)"""
        return self.amount(number(figure), figure.currency, figure.unit) + self.aside(
            self.source(figure.source, figure.date))

    def amount(self, text: str, currency: str | None, unit: str) -> str:
        """`6-12 CNY a question`, and in Chinese `每问 6-12 元`: there what a price is for stands before it."""
        if self.language != "zh":
            return " ".join(part for part in (text, currency, unit) if part)
        money = {None: "", "CNY": "元", "USD": "美元", "CAD": "加元"}.get(currency, currency)
        unit = self.unit(unit)
        parts = (unit, text, money) if unit.startswith(("每", "占", "单")) else (text, money, unit)
        return " ".join(part for part in parts if part)

    def unit(self, unit: str) -> str:
        """A unit in the language of the page; one without a translation is a fault, so it is raised."""
        return texts()["units"][unit] if unit and self.language == "zh" else unit

    def aside(self, text: str) -> str:
        return f"（{text}）" if self.language == "zh" else f" ({text})"

    def pair(self, row: FigureRow) -> list[str]:
        return [self.figure(row.cn), self.figure(row.global_)]


def guide(handbook: Handbook, venture: Venture, language: str) -> str:
    """The whole guide in `en` or `zh`."""
    page = _Page(language)
    page.lines += [f"# {page.said(handbook.title)}", ""]
    other = "zh" if language == "en" else "en"
    page.paragraph(page.text("other_language", file=FILES[other]))
    _opening(page, handbook, venture)
    _demand(page, handbook)
    _technology(page, handbook, venture)
    _business(page, handbook, venture)
    _positioning(page, handbook)
    _risks(page, handbook, venture)
    _ninety_days(page, handbook, venture)
    return "\n".join(page.lines).rstrip() + "\n"


def _opening(page: _Page, handbook: Handbook, venture: Venture) -> None:
    if handbook.opens_with is not None:
        page.heading("first")
        page.paragraph(page.said(handbook.opens_with))
    page.paragraph(page.lead("number", page.said(handbook.number)))
    page.paragraph(page.lead("trap", page.said(handbook.trap)))
    page.paragraph(page.text("start", id=venture.id))
    page.paragraph(page.text("legend"))


def _demand(page: _Page, handbook: Handbook) -> None:
    page.heading("demand")
    page.paragraph(page.said(handbook.walk.demand))
    page.heading("payer", 3)
    payer = handbook.payer
    page.listed([page.lead(key, page.said(words))
                 for key, words in (("who", payer.who), ("case", payer.case), ("today", payer.today))])
    page.table(["what", "cn", "global"], [[page.said(payer.cost_per_case.what), *page.pair(payer.cost_per_case)]])
    page.heading("interview", 3)
    page.paragraph(page.text("interview_how"))
    page.listed((page.said(question) for question in handbook.interview), numbered=True)


def _technology(page: _Page, handbook: Handbook, venture: Venture) -> None:
    page.heading("technology")
    page.paragraph(page.said(handbook.walk.technology))
    config = page.text("config_is", config=handbook.config) if handbook.config else page.text("no_config")
    page.paragraph(page.text("task", task=venture.task) + config)
    page.heading("data", 3)
    data = handbook.data
    page.paragraph(page.text(data.kind, path=data.path))
    page.table(["column", "type", "meaning"], [[f"`{c.name}`", c.type, page.said(c.meaning)] for c in data.columns])
    page.paragraph(page.lead("minimum", page.said(data.why_so_many), rows=f"{data.minimum_rows:,}"))
    page.paragraph(page.lead("rights", page.said(data.rights)))
    page.heading("labels", 3)
    for label in data.labels:
        page.paragraph(f"**`{label.name}`**")
        rows = [[page.text("clear"), page.said(row), f"`{label.name}`"] for row in label.clear]
        rows += [[page.text("borderline"), page.said(line.row), page.said(line.ruling)] for line in label.borderline]
        page.table(["kind", "row", "ruling"], rows)
    _rival(page, handbook, venture)


def _rival(page: _Page, handbook: Handbook, venture: Venture) -> None:
    page.heading("rival", 3)
    rival, api = handbook.rival, venture.api
    page.paragraph(page.said(rival.note))
    lines = [
        page.text("prompt", file=rival.prompt),
        page.text("tokens", model=api.name, into=number(api.input_tokens), out=number(api.output_tokens)),
        page.text("api_price", into=page.figure(api.input_price_per_mtok), out=page.figure(api.output_price_per_mtok)),
    ]
    if rival.sheet_prices:
        lines.append(page.text("sheet", ids=", ".join(f"`{name}`" for name in rival.sheet_prices)))
    page.listed(lines)
    page.table(["what", "cn", "global"], [[page.said(rival.human_minutes.what), *page.pair(rival.human_minutes)]])


def _business(page: _Page, handbook: Handbook, venture: Venture) -> None:
    page.heading("business")
    page.paragraph(page.said(handbook.walk.business_model))
    page.heading("price", 3)
    page.paragraph(page.said(handbook.price.metric))
    page.table(["point", "cn", "global"], [[page.said(p.what), page.figure(p.cn), page.figure(p.global_)]
                                           for p in handbook.price.points])
    page.heading("errors", 3)
    page.paragraph(page.text("errors_how"))
    page.table(["error", "looks_like", "who_pays", "range"], [
        [f"`{error.name}`", page.said(error.looks_like), page.text(f"payer_{venture.errors[error.name].payer}"),
         page.figure(venture.errors[error.name].cost)] for error in handbook.errors])
    page.heading("figures", 3)
    page.table(["what", "cn", "global"], [[page.said(row.what), *page.pair(row)] for row in handbook.figures])


def _positioning(page: _Page, handbook: Handbook) -> None:
    page.heading("positioning")
    page.paragraph(page.said(handbook.walk.positioning))
    page.table(["alternative", "claimed", "measured"], [
        [page.said(row.name), page.said(row.claimed) + page.aside(page.source(row.claimed_by)), page.said(row.measured)]
        for row in handbook.alternatives])
    page.heading("real_case", 3)
    case = handbook.case
    page.paragraph(f"**{page.said(case.title)}**{page.aside(str(case.date))}")
    page.paragraph(page.said(case.story))
    page.paragraph(page.lead("lesson", page.said(case.lesson)))
    page.paragraph(page.text("sources") + " ".join(f"<{address}>" for address in case.sources))


def _risks(page: _Page, handbook: Handbook, venture: Venture) -> None:
    page.heading("risks")
    page.paragraph(page.said(handbook.walk.risks))
    page.heading("permissions", 3)
    page.paragraph(page.text("lawyer"))
    page.table(["market", "rule", "source"], [
        [page.text(f"market_{market}"), page.said(row.rule), page.reference(row.source.ref, row.date)]
        for market, rows in (("cn", handbook.permissions.cn), ("eu", handbook.permissions.eu)) for row in rows])
    page.heading("tripwires", 3)
    rows = {wire.name: wire for wire in venture.tripwires}
    page.table(["watch", "line", "act"], [
        [page.said(wire.watch), f"`{rows[wire.name].path}` {_line(page, rows[wire.name])}", page.said(wire.act)]
        for wire in handbook.tripwires])


def _line(page: _Page, wire: TripwireRow) -> str:
    """A threshold as people say it: with a baseline it is a change from there."""
    if wire.baseline is None:
        return f"{page.text(wire.direction)} {wire.threshold:g} {wire.unit}".strip()
    change = "risen" if wire.direction == "above" else "fallen"
    unit = " USD" if wire.path.startswith("prices.") else wire.unit  # the price sheet is watched in dollars
    return page.text(change, share=f"{100 * abs(wire.threshold):g}", baseline=f"{wire.baseline:.3g}{unit}")


def _ninety_days(page: _Page, handbook: Handbook, venture: Venture) -> None:
    page.heading("ninety")
    page.table(["days", "do", "stop_if"], [
        [f"{step.days[0]}-{step.days[1]}", page.said(step.do), page.said(step.stop_if)]
        for step in handbook.first_90_days])
    page.heading("replace", 3)
    page.table(["field", "stands", "how"], [
        [f"`{row.field}`", number(value_at(venture, row.field)), page.said(row.how)] for row in handbook.replace_first])


def number(figure: Assumption) -> str:
    """A value or a range, as people write it.

    >>> number(Assumption(low=0.5, high=1200, source=Source(kind="guess")))
    '0.5-1,200'
    """
    if figure.low is not None and figure.high is not None:
        return f"{figure.low:,.6g}-{figure.high:,.6g}"
    return f"{figure.point:,.6g}"
