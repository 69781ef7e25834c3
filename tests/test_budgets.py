"""Size budgets: a file tells one story, a function fits a screen."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted([*(ROOT / "kit").rglob("*.py"), *(ROOT / "dashboards").rglob("*.py")])
MAX_FILE_LINES, MAX_FUNCTION_LINES, MAX_PARAMETERS = 300, 60, 8
MAX_PAGE_LINES = 120


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_file_and_functions_stay_small(path):
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= MAX_FILE_LINES, f"{path} has grown past one story"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            assert lines <= MAX_FUNCTION_LINES, f"{path}:{node.lineno} {node.name} has {lines} lines"
            if path.name == "cli.py" or path.parent.name == "commands":
                continue  # a verb's options are its parameters
            count = len(node.args.args) + len(node.args.kwonlyargs)
            assert count <= MAX_PARAMETERS, f"{path}:{node.lineno} {node.name} takes {count} parameters"


@pytest.mark.parametrize("path", sorted((ROOT / "dashboards" / "views").glob("*.py")), ids=lambda p: p.name)
def test_a_page_is_thin(path):
    """A page reads, calls pure functions and draws: no files of its own, no raw HTML."""
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= MAX_PAGE_LINES
    assert "unsafe_allow_html" not in source and "open(" not in source and "components.v1" not in source
