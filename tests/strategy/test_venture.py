"""Ventures from YAML: every wrong figure is refused with its field, value and fix."""

import copy
from pathlib import Path

import numpy as np
import pytest
import yaml

from kit import playbooks
from kit.errors import VentureError
from kit.paths import shipped
from kit.strategy.assumptions import Assumption, Count, Fraction, Money
from kit.strategy.draws import Range
from kit.strategy.venture import amounts_in, load_venture, venture_of

RAW = yaml.safe_load((shipped("playbooks") / "support-routing" / "playbook.yaml").read_text(encoding="utf-8"))
GUESS = {"kind": "guess"}


def changed(**places):
    """The worked venture with values put at places such as `pricing__price__value`."""
    raw = copy.deepcopy(RAW)
    for place, value in places.items():
        *path, last = place.split("__")
        node = raw
        for part in path:
            node = node[part]
        if value is None:
            node.pop(last)
        else:
            node[last] = value
    return raw


@pytest.mark.parametrize(("places", "words"), [
    ({"costs__support_per_account__low": 900}, "costs.support_per_account.*low is 900.*above high 200.*swap"),
    ({"pricing__price__value": -1}, r"pricing.price.*value is -1.*cannot be negative"),
    ({"costs__qa_share__value": 5}, r"costs.qa_share.*value is 5.0.*for 5 % type 0\.05"),
    ({"pricing__price__currency": "GBP"}, r"price.currency is 'GBP': give it in USD, or add exchange_rates.GBP"),
    ({"pricing__price__currency": "dollar"}, "pricing.price.currency is 'dollar': one of USD"),
    ({"pricing__price__date": None}, "pricing.price.date is missing"),
    ({"pricing__price__date": 20261109}, "pricing.price.date.*ISO date"),
    ({"pricing__price__value": "cheap"}, r"pricing.price.value is 'cheap': a finite number is due"),
    ({"pricing__price__value": float("nan")}, "pricing.price.value is nan"),
    ({"pricing__price__source": None}, "pricing.price.source is missing"),
    ({"pricing__price__source": {"kind": "hearsay"}}, "pricing.price.source.kind is 'hearsay'"),
    ({"pricing__price__low": 1}, "pricing.price.*give one of value, low with high, or series"),
    ({"costs__support_per_account__high": None}, "high is missing: a range has both ends"),
    ({"pricing__metric": "tokens"}, "pricing.metric is 'tokens'.*outcome"),
    ({"pricing__prise": 1}, "pricing.prise is not a field; did you mean price"),
    ({"customers__churn_per_month__sorce": 1}, "customers.churn_per_month.sorce is not a field; did you mean source"),
    ({"errors__misroute__payed": "us"}, "errors.misroute.payed is not a field; did you mean payer"),
    ({"errors__other": None}, "errors.other is missing"),
    ({"currency": "CNY"}, "exchange_rates.USD is missing"),
    ({"stage": "dreaming"}, "stage is 'dreaming'"),
    ({"serving__min_replicas__value": 1.5}, "serving.min_replicas is 1.5: a whole number is due"),
    ({"serving__requests_per_replica_month__value": 0}, "serving.requests_per_replica_month is 0: give what"),
    ({"market": None}, "market is missing"),
    ({"exchange_rates__EUR__date": None}, "EUR.date is missing"),
])
def test_what_a_venture_refuses(places, words):
    with pytest.raises(VentureError, match=words):
        venture_of(changed(**places))


def test_all_faults_come_at_once():
    with pytest.raises(VentureError) as caught:
        venture_of(changed(pricing__price__value=-1, costs__qa_share__value=5))
    assert len(str(caught.value).splitlines()) == 2


def test_broken_yaml_names_the_line_and_a_missing_file_its_name(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("id: x\ncustomers: {a: [1, 2\npricing: 3\n", encoding="utf-8")
    with pytest.raises(VentureError, match=r"mine.yaml, line 3: is not valid YAML"):
        load_venture(path)
    with pytest.raises(VentureError, match=r"none.yaml cannot be read"):
        load_venture(Path("none.yaml"))
    path.write_text("- 1\n", encoding="utf-8")
    with pytest.raises(VentureError, match="a mapping of documents is due"):
        load_venture(path)


def test_an_assumption_is_a_value_a_range_or_a_series():
    assert Count(value=3, source=GUESS).at(5) == 3
    assert Count(value=100, change_per_month=0.1, source=GUESS).at(2) == pytest.approx(121)
    series = Count(series=[1, 2, 3], source=GUESS)
    assert [series.at(month) for month in (0, 2, 9)] == [1, 3, 3]
    price = Money(low=25, high=35, currency="USD", date="2026-11-09", source=GUESS)
    assert price.point == pytest.approx(29.735501) and price.amount(2) == Range(50, 70)
    assert 0 < Fraction(low=0.02, high=0.1, source=GUESS).distribution().sample(np.array([0.5]))[0] < 0.1
    assert Assumption(value=-2, source=GUESS).point == -2


def test_another_currency_is_read_at_its_dated_rate():
    venture = venture_of(changed(pricing__price__currency="CNY", pricing__price__value=10))
    assert venture.point(venture.pricing.price) == pytest.approx(1.4703) and venture.usd_rate == 1


def test_every_figure_of_every_playbook_has_a_source_and_every_amount_a_date():
    for line in playbooks.listed():
        venture = playbooks.load(line["id"])
        amounts = amounts_in(venture)
        assert len(amounts) > 20 and all(money.date for _, money in amounts)
        assert all(money.source.ref for _, money in amounts), line["id"]


def test_playbooks_are_listed_and_a_wrong_id_offers_the_nearest():
    assert {"id", "title", "task", "path"} == set(playbooks.listed()[0])
    with pytest.raises(VentureError, match="did you mean support-routing"):
        playbooks.load("suport-routing")
