"""Every worked case of the worksheets has a test that names it: `test_case_<id>` or `test_case_<id>_<what holds>`."""

import ast
from pathlib import Path

import pytest

ALL = """
    u1 u2 u3 u4 u5 u6 u7 u7b u8 u9 u10 u11 u12 u13 u14 u14b u15 u16 u17 u18
    r1_high_end r1_regular r2 r2b r3
    p1 p2 p2b p2c p3
    v1 v2 v3 v4 v5 v6 v7 v8
    m1 m2 m3 m4
    t1 t2 t3 t4 t5 t6 t6b t6c t6d t7 t8 t8b t9
    l1 l2 l3 l4 l5 l6 l6b l7 l8 l9 l9b l10 l11 l12 l13 l13b l14 l14b l15 l15b l16 l17 l18 l19 l19b l20 l21 l22 l22b
    l23 l23b l24 l25 l26 l27 l28 l29 l30
    l31 g1 g2
    k1 k2 k3 k4 k5
    f1 f2 f3 f4
    x1 x2 x3
"""
CASES = ALL.split()


def names_of_case_tests():
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_case_"):
                yield node.name


def test_the_list_holds_each_case_once():
    assert len(CASES) == len(set(CASES)) == 108


@pytest.mark.parametrize("case", CASES)
def test_a_test_names_the_case(case):
    wanted = f"test_case_{case}"
    assert any(name == wanted or name.startswith(f"{wanted}_") for name in names_of_case_tests()), f"no {wanted}..."
