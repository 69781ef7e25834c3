"""Documents of a venture: what they refuse, that plain mappings round-trip, and what they come to."""

import datetime as dt

import pytest
from test_venture import RAW
from test_worksheet import BAD, GOOD, rows_by_key
from whole_venture import DEMAND, PERMISSIONS, SPECIFICS, money, whole

from kit.errors import VentureError
from kit.strategy.demand import converted, funnel, hurting, read_interviews
from kit.strategy.documents import FreshSample, LeadReading, Specifics
from kit.strategy.specifics import best_rivals, decay_per_month, half_life
from kit.strategy.states import State
from kit.strategy.venture import load_venture, mapping_of, venture_of
from kit.strategy.worksheet import Runs, by_key, worksheets

TALK = DEMAND["interviews"][0]


@pytest.mark.parametrize("raw", [RAW, whole(), whole(runs={"live": "a", "rivals": ["b"]})], ids=["base", "all", "runs"])
def test_a_venture_is_a_mapping_and_comes_back_equal(raw):
    venture = venture_of(raw)
    assert venture_of(mapping_of(venture)) == venture


def test_a_file_of_every_document_loads(tmp_path):
    import yaml

    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(mapping_of(venture_of(whole()))), encoding="utf-8")
    assert load_venture(path) == venture_of(whole())


@pytest.mark.parametrize(("places", "words"), [
    ({"demand__interviews": [{**TALK, "hurt": 5}]}, r"demand.interviews.0.hurt is 5.*less than or equal to 3"),
    ({"demand__interviews": [{**TALK, "segment": "banks"}]}, r"interviews\[0\].segment is 'banks': one of shops"),
    ({"demand__interviews": [{**TALK, "pain": "x"}]}, r"interviews\[0\].pain is 'x': one of misroute, slow"),
    ({"demand__interviews": [{**TALK, "date": 20260901}]}, "date is 20260901: write an ISO date"),
    ({"demand__pilots": [{"account": "A", "segment": "shops"}]}, "A has no step: give one of talk"),
    ({"demand__pilots": [{"account": "A", "segment": "shops", "pilot": {"date": "2026-05-01"},
                          "paying": {"date": "2026-04-01"}}]}, "paying of A is 2026-04-01, before pilot on 2026-05-01"),
    ({"demand__segments": DEMAND["segments"] * 2}, "segments names shops twice"),
    ({"specifics__fresh": [{"date": "2026-08-01", "requests": 4, "unlike": 5}]}, "unlike is 5, more than 4 requests"),
    ({"permissions__markets": []}, "permissions.markets"),
    ({"permissions__users": "friends"}, "permissions.users is 'friends'.*internal"),
    ({"runs": {"live": {"name": "a", "sha256": "short"}}}, "runs.live.sha256 is 'short'"),
    ({"owners": {"price": "Li"}}, "owners.price is no document: use one of id, title"),
    ({"pricing__price": money(1, tax="included")}, "pricing.price.tax is 'included' while capital.vat_rate is 0"),
    ({"runs": {"lives": "a"}}, "runs.lives is not a field; did you mean live"),
    ({"permissions": {**PERMISSIONS, "base_modle": "x"}}, "base_modle is not a field; did you mean base_model"),
])
def test_what_documents_refuse(places, words):
    with pytest.raises(VentureError, match=words):
        venture_of(whole(**places))


def test_pains_and_pilots_in_numbers():
    demand = venture_of(whole()).demand
    assert hurting(demand) == (9, 10) and converted(demand) == (1, 2)  # C is still in its pilot
    steps = {step.name: step for step in funnel(venture_of(whole()), demand)}
    assert (steps["talk"].accounts, steps["letter_of_intent"].accounts, steps["pilot"].accounts,
            steps["paying"].accounts) == (3, 1, 3, 1)
    assert steps["letter_of_intent"].amount_per_month == 20_000 and steps["letter_of_intent"].median_days == 20
    rows = rows_by_key(venture_of(whole()))
    assert rows["hours_saved_per_account"].value == 40
    assert rows["price_of_the_pain"].value == pytest.approx(
        12 * rows["revenue_per_account"].value / rows["pain_per_account_per_year"].value)
    tables = {table.key: table for table in worksheets(venture_of(whole()), Runs(GOOD))[1]}
    worst = tables["pains"].rows[0]
    assert worst["interviews"] == 9 and worst["loss_per_year"] == pytest.approx(
        worst["loss_per_account_per_year"] * 0.4 * 8_000)


def test_interviews_come_from_a_csv_and_a_wrong_line_is_named(tmp_path):
    path = tmp_path / "interviews.csv"
    path.write_text("\ufeffdate,segment,pain,who,quote,hurt\n2026-09-01,shops,misroute,,每天都错,3\n", encoding="utf-8")
    (talk,) = read_interviews(path)
    assert talk.hurt == 3 and talk.quote == "每天都错" and talk.date == dt.date(2026, 9, 1)
    path.write_text("date,segment,quote,hurt\n2026-09-01,shops,x,1\n2026-09-02,shops,y,7\n", encoding="utf-8")
    with pytest.raises(VentureError, match=r"interviews.csv, line 3: hurt is '7'"):
        read_interviews(path)
    with pytest.raises(VentureError, match=r"none.csv cannot be read"):
        read_interviews(tmp_path / "none.csv")
    path.write_text("date,segment,quote,hurt\n", encoding="utf-8")
    assert read_interviews(path) == ()


def test_decay_and_lead_by_hand():
    def sample(day, right):
        return FreshSample(date=day, requests=100, unlike=0, right=right)

    year = [sample("2026-01-01", 90), sample("2027-01-01", 78)]
    assert decay_per_month(year)[0] == pytest.approx(0.01, rel=1e-3)
    assert decay_per_month(year[:1])[0] is State.UNDEFINED
    readings = [LeadReading(date=day, rival=name, ours=0.9, theirs=theirs, rows=10_000) for day, name, theirs in (
        ("2026-01-01", "a", 0.82), ("2026-01-01", "b", 0.80), ("2026-07-02", "a", 0.85), ("2026-07-02", "b", 0.86))]
    assert [reading.rival for reading in best_rivals(readings)] == ["a", "b"]
    assert half_life(readings).months == pytest.approx(6, rel=0.01)  # .08 became .04 in half a year
    assert half_life(readings[:2]).months is State.UNDEFINED


def test_the_lead_over_a_rival_run_is_measured_on_the_same_rows():
    plain = venture_of(RAW)
    rows, tables = worksheets(plain, Runs(GOOD, rivals=(BAD,)))
    lead = by_key(rows)["lead_over_rival"]
    assert lead.value == pytest.approx(0.94 - 0.86) and lead.low < lead.value < lead.high
    assert lead.sources[0] == {"kind": "run", "ref": "good against weak", "date": "2026-11-20"}
    assert next(table for table in tables if table.key == "lead").rows[0]["rival"] == "weak"
    assert "lead_over_rival" not in by_key(worksheets(plain, Runs(GOOD))[0])


def test_what_a_rival_needs_is_a_sum_and_device_hours_come_from_the_run():
    def cost(run):
        return by_key(worksheets(venture_of(whole()), Runs(run))[0])

    import dataclasses

    rows = cost(dataclasses.replace(GOOD, summary={**GOOD.summary, "train": {"device_seconds": 7_200}}))
    assert rows["match_device_hours"].value == 2
    assert rows["match_cost"].value == pytest.approx(
        40_000 * rows["match_cost_per_row"].value + 2 * 12 + rows["match_person_days"].value * 1_500)
    assert cost(GOOD)["match_cost"].state == "undefined"
    typed = whole(specifics__to_match={**SPECIFICS["to_match"], "device_hours": {
        "value": 5, "source": {"kind": "invoice"}}})
    assert by_key(worksheets(venture_of(typed), Runs(GOOD))[0])["match_device_hours"].value == 5
    assert Specifics().to_match is None


def test_a_price_with_tax_included_is_read_without_it():
    plain, taxed = (rows_by_key(venture_of(whole(
        capital__vat_rate={"value": 0.06, "source": {"kind": "example"}}, pricing__price=money(2.12, tax=tax))))
        for tax in ("excluded", "included"))
    assert plain["price"].value == 2.12 and taxed["price"].value == pytest.approx(2.0)
    assert taxed["revenue_per_request"].value == pytest.approx(plain["revenue_per_request"].value / 1.06)
