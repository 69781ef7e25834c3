"""An inspection as a page to send: HTML or Markdown, complete in one file. It shows row numbers, never a text."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["as_html", "as_markdown", "tables"]

STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}.score{font-size:3rem;font-weight:600}"
    "td,th{border-bottom:1px solid #ddd;padding:.3rem .6rem;text-align:left;vertical-align:top}"
)
MOST_LABELS = 50
Table = tuple[str, list[str], list[list[str]]]


def tables(found: Mapping[str, Any]) -> list[Table]:
    """(title, header, lines) of everything that the page, the Markdown and the terminal show."""
    findings = [[one["name"], f"{one['rows']:,}", f"{one['share']:.2%}", ", ".join(map(str, one["examples"])),
                 one["says"] + (" (sampled)" if one["is_sampled"] else "")] for one in found["findings"]]  # fmt: skip
    parts = [
        [name, f"{part['share']:.2%}", f"{part['limit']:.0%}", f"{part['weight']:.0%}", f"{1 - part['factor']:.1%}"]
        for name, part in found["health"]["parts"].items()
    ]
    labels = list(found["labels"].items())
    shown = [[label, f"{count:,}"] for label, count in labels[:MOST_LABELS]]
    if found["num_labels"] > len(shown):
        shown.append([f"... {found['num_labels'] - len(shown)} more", ""])
    header = ["finding", "rows", "share", "first rows", "what it means"]
    return [
        ("Findings", header, findings or [["none", *[""] * 4]]),
        ("Health score, part by part", ["part", "share", "full loss at", "most it takes", "takes off"], parts),
        *([("Labels", ["label", "rows"], shown)] if shown else []),
        ("About the data", ["", ""], _facts(found)),
    ]


def as_markdown(found: Mapping[str, Any]) -> str:
    """Tables that show as such on code hosts; nothing in the data can break out of its cell."""
    blocks = [f"# Data inspection: {_md(found['source'])}\n\nHealth **{found['health']['score']:g}** of 100, "
              f"{found['rows']:,} rows.\n"]  # fmt: skip
    for title, header, lines in tables(found):
        rows = [header, ["---"] * len(header), *([_md(cell) for cell in line] for line in lines)]
        blocks.append(f"## {title}\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n")
    return "\n".join(blocks)


def as_html(found: Mapping[str, Any]) -> str:
    """A page without scripts; a policy in its head forbids any."""
    blocks = [_html_table(title, header, lines) for title, header, lines in tables(found)]
    source = html.escape(str(found["source"]))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f'<meta name="viewport" content="width=device-width"><title>Data inspection: {source}</title>'
        f"<style>{STYLE}</style></head><body><h1>{source}</h1>"
        f'<p><span class="score">{found["health"]["score"]:g}</span> of 100, {found["rows"]:,} rows</p>'
        f"{''.join(blocks)}<p>Score = 100 &times; product over the parts of "
        "(1 &minus; most it takes &times; min(1, share / full loss at)).</p></body></html>\n"
    )


def _facts(found: Mapping[str, Any]) -> list[list[str]]:
    roles, chars, tokens, card = found["roles"], found["text_chars"], found["tokens"], found.get("card")
    facts = [
        ["format", " ".join(str(found[key]) for key in ("format", "encoding", "delimiter") if found.get(key))],
        ["text column", ", ".join(roles["text"]) + f" ({found['why'].get('text', '')})"],
        ["label column", f"{roles['label'] or 'none'} ({found['why'].get('label', '')})"],
        ["id column", f"{roles['id'] or 'none'} ({found['why'].get('id', '')})"],
        ["characters a text", ", ".join(f"{name} {value:,}" for name, value in chars.items())],
        ["empty cells", ", ".join(f"{name}: {count:,}" for name, count in found["empty_cells"].items()) or "none"],
        ["skipped", ", ".join(f"{name}: {count:,}" for name, count in found["skipped"].items()) or "nothing"],
        ["licence", f"{card['licence'] or 'not stated'} ({card['path']})" if card else "no data card beside the file"],
    ]
    if tokens:
        share = tokens["supervised_share"]
        facts.append(["tokens a row", f"min {tokens['min']:,}, median {tokens['median']:,}, p95 {tokens['p95']:,}, max "
                      f"{tokens['max']:,} ({tokens['tokenizer']}); longer than {tokens['max_tokens']:,}: "
                      f"{tokens['truncated_share']:.2%}"])  # fmt: skip
        facts.append(["tokens that teach", "all rows are labelled, none written" if share is None else f"{share:.1%}"])
    return facts


def _html_table(title: str, header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>" for line in lines)
    return f"<h2>{html.escape(title)}</h2><table><tr>{head}</tr>{body}</table>"


def _md(cell: str) -> str:
    """One line, with every character that Markdown or HTML would take as a sign made plain."""
    plain = html.escape(" ".join(str(cell).split()), quote=False)
    return re.sub(r"([\\`*_{}\[\]()#+!|~])", r"\\\1", plain)
