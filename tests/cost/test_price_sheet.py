"""The shipped sheet covers what it promises, and a malformed sheet is refused with every fault named."""

import copy
import datetime as dt
from collections import defaultdict

import pytest
import yaml

from kit.cost.money import CURRENCIES
from kit.cost.sheet import SHEET, convert, load_sheet, to_usd, validate_sheet
from kit.errors import PriceError

RAW = yaml.safe_load(SHEET.read_text(encoding="utf-8"))
GOOD = {
    "id": "acme-h100", "kind": "gpu", "region": "global", "provider": "Acme", "device": "H100 SXM", "price": 3.0,
    "currency": "USD", "per": "hour", "tax_included": False, "checked": dt.date(2026, 11, 1), "source": "page",
    "confidence": "read",
}


def sheet_of(*rows, **sections):
    data = {
        "sources": {"page": {"name": "Acme prices", "url": "https://acme.example/prices"}},
        "rates": copy.deepcopy(RAW["rates"]),
        "prices": list(rows),
    }
    return data | sections


def faults(*rows, **sections):
    with pytest.raises(PriceError) as caught:
        validate_sheet(sheet_of(*rows, **sections))
    return str(caught.value)


def test_eight_gpu_kinds_outside_china_have_two_prices_each_from_six_providers():
    offers = defaultdict(set)
    for row in load_sheet().rows:
        if row.kind == "gpu" and row.region == "global":
            offers[row.device].add((row.provider, row.tier))
    promised = {
        "T4", "L4", "A10G", "A100 40GB", "A100 80GB", "L40S", "RTX 4090", "H100 SXM", "H100 PCIe", "H200", "B200",
        "MI300X",
    }
    assert {device for device, seen in offers.items() if len(seen) >= 2} >= promised
    assert len({provider for seen in offers.values() for provider, _ in seen}) >= 6


def test_cpu_machines_come_from_three_providers_with_their_vcpus():
    rows = [row for row in load_sheet().rows if row.kind == "cpu"]
    assert len({row.provider for row in rows}) >= 3
    assert all(row.vcpus for row in rows)


def test_mainland_accelerators_come_from_three_providers_in_yuan_with_a_domestic_one():
    rows = [row for row in load_sheet().rows if row.kind == "gpu" and row.region == "cn"]
    assert len({row.provider for row in rows}) >= 3
    assert {row.currency for row in rows} == {"CNY"}
    assert {"Ascend 910B", "H20", "RTX 4090"} <= {row.device for row in rows}


def test_six_mainland_apis_are_priced_in_yuan_for_input_and_output_tax_included():
    units = defaultdict(set)
    for row in load_sheet().rows:
        if row.kind == "api" and row.region == "cn":
            assert row.currency == "CNY" and row.tax_included
            units[row.provider].add(row.per)
    assert set(units) == {
        "DeepSeek CN", "Aliyun Bailian", "Volcengine Ark", "Zhipu BigModel", "Moonshot CN", "SiliconFlow CN",
    }
    assert all({"mtok_input", "mtok_output"} <= seen for seen in units.values())


def test_most_figures_were_read_and_every_one_has_a_date_and_a_used_source():
    sheet = load_sheet()
    read = [row for row in sheet.rows if row.confidence == "read"]
    assert len(read) / len(sheet.rows) > 0.85
    assert all(row.checked > dt.date(2025, 1, 1) for row in sheet.rows)
    assert all(row.note for row in sheet.rows if row.confidence == "secondary")
    used = {row.source for row in sheet.rows} | {sheet.rates.source} | {peak.source for peak in sheet.peak_hours}
    assert used == set(sheet.sources)


def test_the_sheet_is_read_once():
    assert load_sheet() is load_sheet()


def test_rates_are_those_of_one_published_day():
    assert load_sheet().rates.date == dt.date(2026, 5, 8)
    assert to_usd(1, "EUR") == pytest.approx(1.1761)
    assert to_usd(100, "CNY") == pytest.approx(100 * 1.1761 / 7.9989)  # 14.70
    assert to_usd(7, "USD") == pytest.approx(7)
    assert convert(1, "USD", "JPY") == pytest.approx(184.37 / 1.1761)  # 156.8
    assert convert(convert(5, "CNY", "GBP"), "GBP", "CNY") == pytest.approx(5)
    assert all(to_usd(1, code) > 0 for code in CURRENCIES)


def test_an_unknown_currency_has_no_rate():
    with pytest.raises(PriceError, match="'XXX' is not a known currency"):
        to_usd(1, "XXX")


def test_a_good_row_is_accepted():
    assert validate_sheet(sheet_of(GOOD)).row("acme-h100").as_price().amount == 3.0


def test_a_price_without_a_date_is_refused_with_the_field_named():
    text = faults({key: value for key, value in GOOD.items() if key != "checked"})
    assert text.startswith("row 'acme-h100': checked is missing (ISO date on which")


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"price": -1.0}, "price", "greater than or equal to 0 (got -1.0)"),
        ({"price": "2.9"}, "price", "valid number"),
        ({"price": True}, "price", "valid number"),
        ({"price": float("nan")}, "price", "finite"),
        ({"currency": "YEN"}, "currency", "is not a known currency"),
        ({"checked": "last week"}, "checked", "date"),
        ({"checked": 20261101}, "checked", "write an ISO date"),
        ({"checked": None}, "checked", "date"),
        ({"kind": "tpu"}, "kind", "'gpu', 'cpu' or 'api'"),
        ({"per": "minute"}, "per", "'hour'"),
        ({"per": "mtok_input"}, "gpu", "cannot be priced per mtok_input"),
        ({"device": None}, "gpu", "needs device"),
        ({"kind": "cpu"}, "cpu", "needs vcpus"),
        ({"kind": "api"}, "api", "needs model"),
        ({"tier": "peak"}, "tier", "needs an entry of `peak_hours` for 'Acme'"),
        ({"source": "nowhere"}, "source", "'nowhere' is not one of `sources`"),
        ({"confidence": "guess"}, "confidence", "'read' or 'secondary'"),
        ({"tax_included": None}, "tax_included", "boolean"),
        ({"pirce": 3}, "pirce", "did you mean price?"),
        ({"id": "Acme H100"}, "id", "pattern"),
    ],
)
def test_each_malformed_field_is_named_with_its_row(change, field, words):
    text = faults(GOOD | change)
    assert text.startswith("row '")
    assert field in text and words in text


@pytest.mark.parametrize("field", [key for key in GOOD if key not in {"id", "device"}])
def test_each_missing_field_is_named(field):
    assert f"row 'acme-h100': {field} is missing" in faults({key: value for key, value in GOOD.items() if key != field})


def test_a_row_without_an_id_is_named_by_its_place():
    assert "row 2: id is missing" in faults(GOOD, {key: value for key, value in GOOD.items() if key != "id"})


def test_all_faults_are_reported_at_once():
    text = faults(GOOD | {"price": -1.0, "currency": "XYZ"}, GOOD | {"id": "b", "checked": None}, surprise=[])
    assert all(part in text for part in ("price", "currency", "row 'b': checked", "'surprise' is not a section"))
    assert len(text.splitlines()) == 4


def test_the_same_id_or_the_same_offer_twice_is_refused():
    assert "same id as row 'acme-h100'" in faults(GOOD, GOOD | {"tier": "spot"})
    assert "row 'other': same offer" in faults(GOOD, GOOD | {"id": "other", "price": 4.0})


def test_rates_must_be_dated_whole_and_above_zero():
    undated = {key: value for key, value in RAW["rates"].items() if key != "date"}
    assert "rates: date is missing" in faults(GOOD, rates=undated)
    short = RAW["rates"] | {"per_base": {"USD": 1.1, "CNY": 0.0}}
    text = faults(GOOD, rates=short)
    assert "per_base: JPY is missing" in text and "CNY must be above zero" in text


def test_a_source_needs_a_web_address():
    assert "source 'page': url" in faults(GOOD, sources={"page": {"name": "Acme", "url": "somewhere"}})


@pytest.mark.parametrize("data", [None, [], {"prices": []}, {"sources": [], "prices": []}])
def test_something_that_is_no_sheet_is_refused(data):
    with pytest.raises(PriceError, match="needs the mappings"):
        validate_sheet(data)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(PriceError, match=r"absent\.yaml cannot be read"):
        load_sheet(tmp_path / "absent.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("prices: [", encoding="utf-8")
    with pytest.raises(PriceError, match=r"broken\.yaml cannot be read"):
        load_sheet(broken)


def test_an_unknown_row_suggests_near_ones():
    with pytest.raises(PriceError, match=r"did you mean .*aws-h100-sxm"):
        load_sheet().row("aws-h100")
