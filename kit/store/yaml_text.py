"""YAML as ventures are written in it: read strictly, with the line of every field, and written so that it reads back.

Read by the rules of YAML 1.2, in which `no` is a word, `12:30` is text and `1e-4` a number. A date stays the text it
is; models read it as a date. Keys are text as typed. A key that stands twice, and an alias that blows up, are refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from kit.errors import StoreError
from kit.store.plain import DEEPEST, MOST_VALUES

_NULL, _BOOL, _INT, _FLOAT, _STR = (f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str"))


class _Loader(yaml.SafeLoader):
    """SafeLoader but for the words that YAML 1.1 does not read as text."""


_Loader.yaml_implicit_resolvers = {}

for _tag, _pattern, _first in (
    (_NULL, r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    (_BOOL, r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    (_INT, r"[-+]?[0-9]+", list("-+0123456789")),
    (_FLOAT, r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
     list("-+0123456789.")),
):  # fmt: skip
    _Loader.add_implicit_resolver(_tag, re.compile(rf"(?:{_pattern})$"), _first)


def read_yaml(path: str | Path) -> tuple[dict[str, Any], dict[str, int]]:
    """The mapping in a file, and the line of each of its fields by dotted place."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror}); name a venture file in YAML") from error
    except UnicodeDecodeError as error:
        raise StoreError(f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    return parse_yaml(text, str(path))


def parse_yaml(text: str, name: str) -> tuple[dict[str, Any], dict[str, int]]:
    """As `read_yaml`, of text; `name` stands in the messages."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise StoreError(f"{name}: line {line}: is not valid YAML ({error.problem}); mend that line") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise StoreError(f"{name}: line {line}: holds a character that YAML does not allow ({error.reason}); "
                         "write it in double quotes as \\x.. or take it out") from error
    except RecursionError as error:
        raise StoreError(f"{name}: is nested deeper than {DEEPEST}") from error
    if not isinstance(node, yaml.MappingNode):
        raise StoreError(f"{name}: a mapping of documents is due (customers, pricing, costs, ...)")
    reader = _Reader(name)
    return reader.mapping(node, "", 0), reader.lines


def parse_value(text: str) -> Any:
    """One value as typed on a command line: a number, true, text, a flow list or mapping."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise StoreError(f"{text!r}: is not a value that YAML can read; quote it") from error
    return None if node is None else _Reader("value").value(node, "", 0)


def dump_yaml(value: Mapping[str, Any]) -> str:
    """YAML in the order given, which `parse_yaml` reads back to an equal value."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


class _Reader:
    """From nodes to plain data; knows the lines and counts what aliases multiply."""

    def __init__(self, name: str) -> None:
        self.name, self.lines, self.left = name, {}, MOST_VALUES  # type: str, dict[str, int], int

    def value(self, node: yaml.Node, place: str, depth: int) -> Any:
        self.left -= 1
        if self.left < 0:
            raise self.fault(node, f"holds more than {MOST_VALUES:,} values; take out the aliases that repeat them")
        if depth > DEEPEST:
            raise self.fault(node, f"is nested deeper than {DEEPEST}")
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, place, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.placed(child, f"{place}.{i}", depth + 1) for i, child in enumerate(node.value)]
        return self.scalar(node, place)

    def mapping(self, node: yaml.MappingNode, place: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, child in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.fault(key, "the name of a field must be plain text")
            if key.value in found:
                raise self.fault(key, f"{key.value} stands twice; keep one")
            here = f"{place}.{key.value}" if place else key.value
            self.lines[here] = key.start_mark.line + 1
            found[key.value] = self.value(child, here, depth + 1)
        return found

    def placed(self, node: yaml.Node, place: str, depth: int) -> Any:
        self.lines[place] = node.start_mark.line + 1
        return self.value(node, place, depth)

    def scalar(self, node: yaml.Node, place: str) -> Any:
        text = node.value
        if node.tag == _STR:
            return text
        if node.tag == _NULL:
            return None
        if node.tag == _BOOL:
            return text.lower() == "true"
        try:
            if node.tag == _INT:
                return int(text)
            number = float(text.replace(".inf", "inf").replace(".nan", "nan")) if node.tag == _FLOAT else None
        except ValueError as error:
            raise self.fault(node, f"{place or text} is {text!r}, which is no number") from error
        if number is None:
            raise self.fault(node, f"{place or text}: the tag {node.tag!r} is not known here; leave it out")
        if not math.isfinite(number):
            raise self.fault(node, f"{place or text} is {text}: a number is due; leave the field out if there is none")
        return number

    def fault(self, node: yaml.Node, problem: str) -> StoreError:
        return StoreError(f"{self.name}: line {node.start_mark.line + 1}: {problem}")


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    """Lines as a block and odd characters in double quotes: single quotes lose some line breaks of Unicode."""
    lines = text.split("\n")
    if len(lines) > 1 and not text.startswith((" ", "\n")) and all(
            line.isprintable() and line == line.rstrip() for line in lines):  # fmt: skip
        style: str | None = "|"
    elif not text.isprintable():
        style = '"'
    else:  # a word that only YAML 1.2 reads as a number, such as 1e5, needs its quotes too
        is_text = _Loader("").resolve(yaml.ScalarNode, text, (True, False)) == _STR
        style = None if is_text else "'"
    return dumper.represent_scalar(_STR, text, style=style)


_Dumper.add_representer(str, _text)
