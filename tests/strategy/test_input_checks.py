"""A refused input names the field, the value and the fix."""

import numpy as np
import pytest

from kit.errors import VentureError
from kit.strategy import checks


@pytest.mark.parametrize(("call", "words"), [
    (lambda: checks.number("price", "12"), r"price is '12'.*finite number"),
    (lambda: checks.number("price", True), "price is True"),
    (lambda: checks.number("price", None), "price is None"),
    (lambda: checks.number("price", float("inf")), "price is inf"),
    (lambda: checks.non_negative("price", -3), "price is -3.*negative.*0 or more"),
    (lambda: checks.positive("effort", 0), "effort is 0.*above zero"),
    (lambda: checks.fraction("churn", 5), r"churn is 5.*for 5 % type 0\.05"),
    (lambda: checks.fraction("churn", -0.1), r"churn is -0\.1.*between 0 and 1"),
    (lambda: checks.fraction("churn", 500), "churn is 500.*between 0 and 1"),
    (lambda: checks.growth("growth", 12), r"growth is 12.*type 0\.12"),
    (lambda: checks.growth("growth", -2), "growth is -2.*-1 or more"),
    (lambda: checks.whole("months", 1.5, lowest=1), r"months is 1\.5.*at least 1"),
    (lambda: checks.whole("months", 500, lowest=1, highest=120), "from 1 to 120"),
    (lambda: checks.ordered("low", 9, "high", 3), "low is 9, above high 3: swap"),
    (lambda: checks.same_length("prices", [1, 2], "demand", [1]), "prices has 2 values and demand has 1"),
    (lambda: checks.one_of("feeling", "meh", ("very", "not")), "feeling is 'meh': one of very, not"),
])
def test_refusals(call, words):
    with pytest.raises(VentureError, match=words):
        call()


def test_good_values_pass_unchanged():
    assert checks.fraction("x", np.float64(0.25)) == 0.25 and checks.whole("n", np.int64(3)) == 3
    assert checks.ordered("low", 1, "high", 1) == (1, 1) and checks.growth("g", -1) == -1
