"""The personal-data finder on 2,000 rows of business text, written down without sight of its patterns.

At first sight recall was 0.969 and precision 0.989; the patterns were mended since, so these floors guard what was
reached and say nothing of texts of another kind.
"""

import pytest
from pii_fourth_generator import scores

from kit.data.pii import find_pii


def test_of_the_fourth_set_nearly_all_is_found_and_little_else():
    result = scores()
    assert result["found"].total() / result["planted"].total() >= 0.98
    assert result["right"].total() / result["hits"].total() >= 0.95


@pytest.mark.parametrize(("text", "values"), [
    ("服务器10.1.2.3telnet不上", ["10.1.2.3"]),
    ("Server 203.0.113.9 still runs release 4.2", ["203.0.113.9"]),
    ("moved from 10.0.0.5 to 10.0.0.9", ["10.0.0.5", "10.0.0.9"]),
    ("Driver version 8.1.5.4 on host 10.2.3.4", ["10.2.3.4"]),
    ("Mob. 2025550143", ["2025550143"]),
    ("T: 07700900123", ["07700900123"]),
    ("My new number is 2025550143", ["2025550143"]),
    ("We reached Ada Byron at 07700900123.", ["07700900123"]),
    ("Courier contact: Ada Byron (07700900123)", ["07700900123"]),
    ("please text 030/23125000 today", ["030/23125000"]),
    ("Ada, ada@example.org, 030 231 25 00", ["ada@example.org", "030 231 25 00"]),
    ("账号demo，密码：Qw$Er#TyUi", ["Qw$Er#TyUi"]),
    ("see https://example.com/a?phone=13800138000&b=1", ["13800138000"]),
])  # fmt: skip
def test_formats_of_business_texts_are_found_whole(text, values):
    assert [text[hit.start:hit.end] for hit in find_pii(text)] == values


@pytest.mark.parametrize("text", [
    "Upgraded the agent from 3.1.4.1 to 3.1.5.9", "从3.1.4.1升级到4.0后", "now running 3.1.4.1", "版本1.2.3.4rc发布",
    "order number is 2025550143", "Your account number is 2025550143", "Reached the target at 2025550143 tokens",
    "https://example.com/a?id=13800138000", "www.example.com/p/0047-3440", "I will call on 07.12.2026",
    "password: Foo.BarBaz", "Password: Forgotten?", "密码：请输入", "password: $PASSWORD_VAR",
])  # fmt: skip
def test_what_only_looks_like_a_phone_an_address_or_a_password_is_left(text):
    assert find_pii(text) == []
