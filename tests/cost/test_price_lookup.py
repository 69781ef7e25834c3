"""Prices as people write them, the row for a device, the price of an API request, the table."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
from genai_prices import Usage, calc_price

from kit.cost.prices import (
    Money,
    api_price,
    device_kind,
    load_sheet,
    nearest,
    parse_money,
    parse_price,
    resolve,
    rows_for,
    table,
    to_usd,
)
from kit.errors import PriceError

BEIJING = dt.timezone(dt.timedelta(hours=8))


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("2.9 CNY/hour", 2.9, "CNY"), ("2.9cny/h", 2.9, "CNY"), ("CNY 2.9 / hr", 2.9, "CNY"), ("$1.2/hour", 1.2, "USD"),
        ("US$1.20/hour", 1.2, "USD"), ("0.5 EUR per hour", 0.5, "EUR"), ("€.5/h", 0.5, "EUR"), ("2元/小时", 2, "CNY"),
        ("1,250.5 JPY/hour", 1250.5, "JPY"), ("0 USD/hour", 0, "USD"), ("£3/hour", 3, "GBP"),
    ],
)
def test_a_price_is_read_as_written(text, amount, currency):
    price = parse_price(text)
    assert (price.amount, price.currency, price.per, price.id, price.checked) == (amount, currency, "hour", None, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2.9 CNY", 'write it as "2.9 CNY/hour"'),
        ("2.9 CNY/", 'write it as "2.9 CNY/hour"'),
        ("2.9 CNY/day", "'day' is not a known unit"),
        ("-2.9 CNY/hour", "is negative"),
        ("$-2/hour", "is negative"),
        ("-$2/hour", "is negative"),
        ("2.9 XYZ/hour", "'XYZ' is not a known currency"),
        ("¥2.9/hour", "may be yuan or yen"),
        ("2.9/hour", "names no currency"),
        ("$2 CNY/hour", "names two currencies"),
        ("2,9 EUR/hour", "is not an amount"),
        ("cheap", "is not an amount"),
        ("", "is not an amount"),
        ("nan USD/hour", "is not an amount"),
    ],
)
def test_a_price_that_cannot_be_meant_is_refused_with_the_remedy(text, words):
    with pytest.raises(PriceError) as caught:
        parse_price(text)
    assert words in str(caught.value)


def test_money_is_an_amount_without_a_unit():
    assert parse_money("50 CNY") == Money(50.0, "CNY")
    assert parse_money("$5") == Money(5.0, "USD")
    assert str(parse_money("1,200.50 EUR")) == "1200.5 EUR"


@pytest.mark.parametrize(
    ("text", "words"),
    [("50", "names no currency"), ("5 USD/hour", "price per unit"), ("-5 USD", "negative"), ("￥50", "yuan or yen")],
)
def test_money_that_cannot_be_meant_is_refused(text, words):
    with pytest.raises(PriceError) as caught:
        parse_money(text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("NVIDIA H100 80GB HBM3", "H100 SXM"), ("NVIDIA H100 PCIe", "H100 PCIe"), ("NVIDIA H200", "H200"),
        ("NVIDIA H20", "H20"), ("NVIDIA A10G", "A10G"), ("NVIDIA A100-SXM4-80GB", "A100 80GB"),
        ("NVIDIA A100-PCIE-40GB", "A100 40GB"), ("NVIDIA A100 80GB PCIe", "A100 80GB"), ("Tesla T4", "T4"),
        ("NVIDIA L4", "L4"), ("NVIDIA L40S", "L40S"), ("NVIDIA L40", None), ("NVIDIA B200", "B200"),
        ("NVIDIA GeForce RTX 4090", "RTX 4090"), ("AMD Instinct MI300X", "MI300X"), ("Ascend910B2", "Ascend 910B"),
        ("Ascend 910B", "Ascend 910B"), ("NVIDIA A800-SXM4-80GB", "A800 80GB"), ("cpu", None), ("", None), (None, None),
    ],
)
def test_names_that_frameworks_print_are_recognised(name, kind):
    assert device_kind(name) == kind
    if kind is not None:
        choice = nearest(name)
        assert choice.row.device == kind and choice.price.id == choice.row.id
        assert choice.row.id in {row.id for row in rows_for(name)}
        assert kind in choice.why and str(choice.row.checked) in choice.why


def test_the_median_seller_is_taken_and_said():
    choice = nearest("NVIDIA H100 80GB HBM3")
    # on demand: 3.85, 3.99, 4.29, 6.88, 10.98, 12.29 -> the lower of the two in the middle
    assert (choice.price.amount, choice.price.currency, choice.price.id) == (4.29, "USD", "lambda-h100-sxm")
    assert choice.price.checked == dt.date(2026, 9, 25)
    assert "the median of 6 on-demand prices" in choice.why


def test_a_currency_prefers_rows_quoted_in_it():
    assert nearest("NVIDIA GeForce RTX 4090", "CNY").price.currency == "CNY"
    assert nearest("NVIDIA GeForce RTX 4090").price.currency == "USD"
    choice = nearest("NVIDIA B200", "CNY")
    assert choice.price.currency == "USD" and "no row is quoted in CNY" in choice.why


def test_mainland_only_devices_are_priced_without_asking_for_yuan():
    assert nearest("Ascend 910B").price.currency == "CNY"
    assert nearest("NVIDIA H20").price.amount == 7.5


@pytest.mark.parametrize("name", [None, "", "cpu", "Intel(R) Xeon(R) Processor"])
def test_a_cpu_is_priced_by_its_cores(name):
    two, eight = nearest(name, cores=2), nearest(name, cores=8)
    assert eight.price.amount == pytest.approx(4 * two.price.amount)
    assert two.price.amount == pytest.approx(0.1785 / 4 * 2)  # aws-c7i-xlarge, the median by vCPU
    assert "priced by the core: 2 x" in two.why and "c7i.xlarge" in two.why
    assert nearest(name).price.amount > 0


def test_an_unknown_device_is_priced_as_a_cpu_and_named_so():
    choice = nearest("NVIDIA GeForce GTX 1650", cores=4)
    assert choice.row.kind == "cpu"
    assert "'NVIDIA GeForce GTX 1650' is not in the price sheet: priced as a CPU" in choice.why


def test_a_configuration_names_a_row_or_writes_a_price_or_leaves_it():
    assert resolve("compshare-h20").price.amount == 7.5
    typed = resolve("2.9 CNY/hour")
    assert typed.row is None and str(typed.price) == "2.9 CNY/hour"
    assert resolve(None, "Tesla T4").row.device == "T4"
    with pytest.raises(PriceError, match=r"did you mean .*compshare-h20"):
        resolve("compshare-h2")
    with pytest.raises(PriceError, match="priced per mtok_input, not per hour"):
        resolve("kimi-k3-in")
    with pytest.raises(PriceError, match="names no currency"):
        resolve("2.9")
    with pytest.raises(PriceError, match="names no unit"):
        resolve("2.9 CNY")


@pytest.mark.parametrize("tokens", [(1_000, 200), (1_000_000, 1_000_000)])
def test_an_api_price_is_that_of_genai_prices_for_the_request_size_asked(tokens):
    when = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)
    ours = api_price("claude-sonnet-4-5", *tokens, when)
    theirs = calc_price(Usage(input_tokens=tokens[0], output_tokens=tokens[1]), "claude-sonnet-4-5",
                        genai_request_timestamp=when)
    assert ours.usd_per_request == float(theirs.total_price)
    assert isinstance(ours.usd_per_request, float)
    assert (ours.currency, ours.provider) == ("USD", "anthropic") and "genai-prices" in ours.source


def test_the_context_step_is_visible_in_the_price_per_token():
    when = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
    small, large = (api_price("claude-sonnet-4-5", n, 0, when).usd_per_request / n for n in (1_000, 1_000_000))
    assert small * 1e6 == pytest.approx(3) and large * 1e6 == pytest.approx(6)


def test_the_hour_and_the_day_of_the_request_count():
    night, day = (dt.datetime(2025, 7, 1, hour, tzinfo=dt.UTC) for hour in (20, 12))
    assert api_price("deepseek-chat", 1_000_000, 0, night).usd_per_request == pytest.approx(0.135)
    assert api_price("deepseek-chat", 1_000_000, 0, day).usd_per_request == pytest.approx(0.27)
    before, after = dt.datetime(2025, 6, 9, tzinfo=dt.UTC), dt.datetime(2025, 6, 11, tzinfo=dt.UTC)
    assert api_price("o3", 1_000_000, 0, before).usd_per_request == pytest.approx(10)
    assert api_price("o3", 1_000_000, 0, after).usd_per_request == pytest.approx(2)


def test_cached_tokens_are_cheaper_and_part_of_the_input():
    when = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
    plain = api_price("gpt-4o-mini", 10_000, 100, when).usd_per_request
    cached = api_price("gpt-4o-mini", 10_000, 100, when, cached_input_tokens=8_000).usd_per_request
    assert cached < plain


def test_a_mainland_model_is_priced_from_the_sheet_in_yuan():
    price = api_price("qwen-plus", 1_000, 500)
    assert (price.amount, price.currency, price.provider) == (pytest.approx(0.0018), "CNY", "Aliyun Bailian")
    assert price.usd_per_request == pytest.approx(to_usd(0.0018, "CNY"))
    assert price.checked == dt.date(2026, 5, 1)


def test_a_sheet_price_steps_with_the_length_of_the_request():
    assert api_price("qwen3-max", 32_000, 0).amount == pytest.approx(0.08)  # 2.5 per million
    assert api_price("qwen3-max", 32_001, 0).amount == pytest.approx(0.128, rel=1e-4)  # 4 per million
    assert api_price("qwen3-max", 200_000, 1_000).amount == pytest.approx(1.428)  # 7 and 28
    with pytest.raises(PriceError, match="no price above 256000 input tokens"):
        api_price("qwen3-max", 300_000, 0)


@pytest.mark.parametrize(
    ("when", "amount"),
    [
        (dt.datetime(2026, 11, 2, 10, tzinfo=BEIJING), 10.0),  # Monday morning
        (dt.datetime(2026, 11, 2, 11, 59, tzinfo=BEIJING), 10.0),
        (dt.datetime(2026, 11, 2, 12, tzinfo=BEIJING), 5.0),  # noon break
        (dt.datetime(2026, 11, 2, 17, tzinfo=BEIJING), 10.0),
        (dt.datetime(2026, 11, 2, 2, tzinfo=dt.UTC), 10.0),  # the same Monday 10:00 in Beijing
        (dt.datetime(2026, 11, 7, 10, tzinfo=BEIJING), 5.0),  # Saturday
    ],
)
def test_peak_hours_of_the_sheet_follow_the_providers_clock(when, amount):
    price = api_price("deepseek-flash", 1_000_000, 1_000_000, when, provider="DeepSeek CN")
    assert (price.amount, price.currency) == (amount, "CNY")
    assert api_price("deepseek-flash", 1_000_000, 1_000_000, when, currency="CNY").amount == amount


def test_without_a_wish_genai_prices_comes_before_the_sheet():
    when = dt.datetime(2026, 11, 2, 2, tzinfo=dt.UTC)
    assert api_price("deepseek-flash", 1_000_000, 0, when).currency == "USD"


def test_a_cache_hit_of_the_sheet_is_priced_as_one():
    full = api_price("kimi-k3", 1_000_000, 0, provider="moonshot-cn")
    hit = api_price("kimi-k3", 1_000_000, 0, provider="moonshot-cn", cached_input_tokens=1_000_000)
    assert (full.amount, hit.amount) == (20, 2)


def test_an_unknown_model_names_the_nearest_and_the_way_by_hand():
    with pytest.raises(PriceError, match=r"no price for model 'gpt-4o-minii': nearest known: .*gpt-4o-mini.*yourself"):
        api_price("gpt-4o-minii", 1_000, 100)
    with pytest.raises(PriceError, match="provider 'opnai' is not known: nearest are openai"):
        api_price("gpt-4o-mini", 1_000, 100, provider="opnai")
    with pytest.raises(PriceError, match=r"of SiliconFlow CN: nearest known: .*Qwen3-30B-A3B"):
        api_price("Qwen/Qwen3-30B-A3", 1, 1, provider="SiliconFlow CN")


def test_impossible_requests_are_bad_arguments():
    with pytest.raises(ValueError, match="zero or more"):
        api_price("qwen-plus", -1, 0)
    with pytest.raises(ValueError, match="zero or more"):
        api_price("qwen-plus", 10, 0, cached_input_tokens=11)
    with pytest.raises(ValueError, match="time zone"):
        api_price("qwen-plus", 10, 0, dt.datetime(2026, 11, 2))


def test_the_table_converts_dates_and_flags_what_is_stale():
    rows = [load_sheet().row("compshare-h20"), load_sheet().row("aws-h100-sxm")]
    today = dt.date(2025, 11, 30) + dt.timedelta(days=181)
    h20, h100 = table(rows, "CNY", today=today)
    assert (h20["price"], h20["currency"], h20["per"], h20["tax_included"]) == (7.5, "CNY", "hour", True)
    assert h20["price_usd"] == pytest.approx(7.5 * 1.1761 / 7.9989)
    assert h20["price_converted"] == pytest.approx(7.5)
    assert (h20["age_days"], h20["stale"]) == (181, True)
    assert table(rows, today=today - dt.timedelta(days=1))[0]["stale"] is False
    assert h100["price_converted"] == pytest.approx(6.88 * 7.9989 / 1.1761)
    assert h20["source"] and h20["url"].startswith("https://") and h20["rate_date"] == "2026-05-08"
    assert table(rows, today=today)[1]["price_converted"] is None
    assert table(rows, today=today)[1]["rate_date"] is None


def test_rows_are_found_by_device_model_or_provider():
    assert {row.device for row in rows_for("NVIDIA L40S")} == {"L40S"}
    assert {row.provider for row in rows_for("siliconflow")} == {"SiliconFlow CN"}
    assert {row.kind for row in rows_for("cpu")} == {"cpu"}
    assert len(rows_for()) == len(load_sheet().rows)
    assert rows_for("abacus") == []


def test_importing_prices_loads_no_heavy_package():
    code = "import kit.cost.prices, kit.cost.cost, sys; print(*sys.modules)"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert not {"torch", "streamlit", "genai_prices", "transformers", "pandas"} & set(done.stdout.split())
