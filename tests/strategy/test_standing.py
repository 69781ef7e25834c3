"""Systems on the map, who dominates whom, and how sure the lead over the best rival is."""

import dataclasses
import doctest

import numpy as np
import pytest
from strategy.test_worksheet import BAD, GOOD
from whole_venture import RAW, USD, money, whole

from kit import playbooks
from kit.errors import VentureError
from kit.strategy import standing
from kit.strategy.documents import LeadReading
from kit.strategy.measured import Runs
from kit.strategy.rows import Rows
from kit.strategy.specifics import lead_of
from kit.strategy.standing import more_rows
from kit.strategy.venture import venture_of
from kit.strategy.worksheet import by_key, worksheets


def sheets(raw, runs=None, **settings):
    rows, tables = worksheets(venture_of(raw), runs, **settings)
    return by_key(rows), {table.key: table.rows for table in tables}


def test_docstring_examples_hold():
    assert doctest.testmod(standing).failed == 0


def test_without_a_measured_rival_the_lead_is_over_a_claim_and_never_called_measured():
    rows, tables = sheets(RAW, Runs(GOOD))
    systems = {row["system"]: row for row in tables["positions"]}
    assert systems["gpt-4o-mini"]["evidence"] == "assumed" and systems["gpt-4o-mini"]["role"] == "rival"
    assert systems["good"]["role"] == "ours" and systems["good"]["evidence"] == "measured"
    assert rows["lead_over_claim"].value == pytest.approx(rows["lead_over_api"].value)
    assert rows["lead_over_claim"].low == pytest.approx(rows["lead_over_api"].low)
    assert "lead_over_rival" not in rows
    assert rows["cost_ratio_to_rival"].value == pytest.approx(
        rows["model_cost_per_request"].value / rows["api_cost_per_request"].value)
    assert systems["gpt-4o-mini"]["standing"] is None and systems["gpt-4o-mini"]["if_claims_hold"] == "front"


def test_the_untuned_base_stands_on_the_same_rows_at_the_same_cost():
    _, tables = sheets(RAW, Runs(GOOD))
    systems = {row["system"]: row for row in tables["positions"]}
    base = systems["Base model before tuning"]
    assert base["quality"] == pytest.approx(GOOD.rows.part("test").base_correct.mean())
    assert base["cost_per_1k"] == systems["good"]["cost_per_1k"]
    assert base["standing"] == "dominated" and base["beaten_by"] == "good"
    assert systems["good"]["standing"] == "front"


def test_a_claimed_rival_dominates_nobody_but_what_its_claim_would_do_is_told():
    _, tables = sheets(whole(), Runs(GOOD))
    systems = {row["system"]: row for row in tables["positions"]}
    bot = systems["bot of the help desk"]
    assert (bot["evidence"], bot["quality"], bot["cost_per_1k"], bot["standing"]) == ("claimed", 0.97, 90, None)
    assert systems["good"]["standing"] != "dominated"
    assert bot["date"] == "2026-10-01" and bot["source"] == "vendor page"
    assert systems["hosted model with a prompt"]["evidence"] == "measured"  # it is the gpt of the readings
    assert "gpt" not in systems and "agents route by hand" in systems
    assert systems["agents route by hand"]["quality"] is None


def test_the_best_measured_rival_sets_lead_and_price():
    rows, tables = sheets(whole(), Runs(GOOD), level=0.90)
    rival = next(row for row in tables["positions"] if row["role"] == "rival")
    assert rival["system"] == "hosted model with a prompt" and rival["quality"] == 0.89
    assert rows["lead_over_rival"].value == pytest.approx(0.05)
    assert rows["p_ahead"].value == pytest.approx(0.9981, abs=0.003)  # .05 / sqrt(.0564/500 + .0979/500) = 2.85 sigma
    assert rows["rows_to_prove_lead"].value == 0
    ratio = rows["cost_ratio_to_rival"]
    assert ratio.low < ratio.value < ratio.high  # the claimed price is a range
    assert rows["cost_to_prove_lead"].value == 0


def test_a_day_with_only_weaker_rivals_is_no_reading_of_the_lead():
    rows, tables = sheets(whole(), Runs(GOOD, rivals=(BAD,)))  # measured last, and behind gpt
    assert rows["lead_over_rival"].value == pytest.approx(0.05)
    assert [row["is_best"] for row in tables["lead"]] == [1, 1, 0, 0]
    assert next(row for row in tables["positions"] if row["role"] == "rival")["system"] == "hosted model with a prompt"


def test_an_unproven_lead_says_how_many_rows_would_prove_it():
    lead = [{"date": "2026-10-01", "rival": "gpt", "ours": 0.90, "theirs": 0.88, "rows": 500}]
    rows, _ = sheets(whole(specifics__lead=lead), Runs(GOOD), level=0.90)
    needed = 1.6449**2 * (0.90 * 0.10 + 0.88 * 0.12) / 0.02**2
    assert rows["rows_to_prove_lead"].value == pytest.approx(needed - 500, abs=1)
    assert rows["lead_over_rival"].low < 0
    assert rows["cost_to_prove_lead"].value == pytest.approx(1.5 * rows["rows_to_prove_lead"].value)
    assert more_rows(0.0, 0.2, 500, 0.9) is None and more_rows(-0.01, 0.2, 500, 0.9) is None


def test_the_same_test_rows_are_compared_as_pairs():
    paired = LeadReading(date="2026-10-01", rival="a", ours=0.92, theirs=0.89, rows=500, one_alone=25)
    lead, error = lead_of(paired)
    wins, losses = 21 / 502, 6 / 502  # 20 and 5 of 500, one more on each side
    assert (lead, error) == (pytest.approx(0.03), pytest.approx(((wins + losses - (wins - losses) ** 2) / 502) ** 0.5))
    assert error < lead_of(paired.model_copy(update={"one_alone": None}))[1]
    assert lead_of(LeadReading(date="2026-10-01", rival="a", ours=0.9, theirs=0.9, rows=500, one_alone=0))[1] > 0
    with pytest.raises(ValueError, match="one_alone is 3: with 500 rows and a lead of 15"):
        LeadReading(date="2026-10-01", rival="a", ours=0.92, theirs=0.89, rows=500, one_alone=3)


def test_rival_runs_are_pairs_only_on_the_same_test_rows():
    right = GOOD.rows.correct.copy()
    right[np.flatnonzero(right & (GOOD.rows.split == "test"))[:40]] = False  # wrong wherever we are, and 40 times more
    rival = dataclasses.replace(GOOD, name="weak", rows=dataclasses.replace(GOOD.rows, correct=right))

    def on(run, fingerprint):
        return dataclasses.replace(run, summary={**run.summary, "evidence": {"test_fingerprint": fingerprint}})

    same, other = (sheets(RAW, Runs(on(GOOD, "a"), rivals=(on(rival, name),)))[0]["lead_over_rival"] for name in "ab")
    assert same.value == other.value and same.high - same.low < other.high - other.low


def test_an_external_run_without_a_price_costs_what_its_alternative_claims():
    bought = dataclasses.replace(BAD, summary={**BAD.summary, "kind": "external", "serving": None})
    _, tables = sheets(RAW, Runs(GOOD, rivals=(bought,)))
    weak = next(row for row in tables["positions"] if row["system"] == "weak")
    assert weak["cost_per_1k"] is None and weak["kind"] == "API wrapper" and weak["role"] == "rival"
    row = {"id": "w", "name": "their service", "measured_as": "weak", "price_per_1k": money(8, currency="USD")}
    rows, tables = sheets({**RAW, "positioning": {"alternatives": [row]}}, Runs(GOOD, rivals=(bought,)))
    assert rows["rival_cost_per_1k"].value == 8
    assert next(row for row in tables["positions"] if row["role"] == "rival")["system"] == "their service"


def test_amounts_are_in_the_ventures_currency_without_tax():
    price = money(106, currency="USD", tax="included")
    raw = whole(positioning={"alternatives": [{"id": "w", "name": "w", "price_per_1k": price}]},
                capital__vat_rate={"value": 0.06, "source": {"kind": "price"}})
    _, tables = sheets(raw, Runs(GOOD))
    cost = next(row for row in tables["positions"] if row["system"] == "w")["cost_per_1k"]
    assert cost == pytest.approx(100 * USD["value"])


def test_powers_are_evidenced_only_with_benefit_barrier_and_evidence():
    _, tables = sheets(whole())
    powers = {row["power"]: row for row in tables["powers"]}
    assert powers["counter-positioning"]["state"] == "evidenced" and powers["counter-positioning"]["missing"] is None
    assert powers["branding"]["state"] == "not evidenced"
    assert powers["branding"]["missing"] == "benefit, barrier, evidence"
    assert "two of three refused (calls, 2026-10-01)" in powers["counter-positioning"]["shown_by"]


@pytest.mark.parametrize(("document", "fault"), [
    ({"alternatives": [{"id": "a", "name": "a", "quality": {"value": 0.9, "source": {"kind": "price"}}}]},
     "quality of a has no date"),
    ({"alternatives": [{"id": "a", "name": "a", "claim": "best"}]}, "source of a is missing"),
    ({"alternatives": [{"id": "a", "name": "a"}, {"id": "a", "name": "b"}]}, "alternatives names a twice"),
    ({"alternatives": [{"id": "a", "name": "a"}, {"id": "b", "name": "b", "measured_as": "a"}]},
     "alternatives names a twice"),
    ({"powers": [{"power": "luck", "claim": "x"}]}, "scale economies"),
])  # fmt: skip
def test_a_claim_without_day_or_source_is_refused(document, fault):
    with pytest.raises(VentureError, match=fault):
        venture_of({**RAW, "positioning": document})


def test_old_ventures_load_and_new_ones_come_back_as_they_were():
    from kit.strategy.venture import mapping_of

    assert venture_of(RAW).positioning is None
    found = venture_of(whole())
    assert venture_of(mapping_of(found)) == found
    assert mapping_of(found)["positioning"]["alternatives"][1]["measured_as"] == "gpt"


def test_no_test_rows_and_no_quality_leave_the_map_without_a_point():
    empty = dataclasses.replace(GOOD, rows=Rows.from_columns({"correct": np.array([], dtype=bool)}))
    rows, tables = sheets(RAW, Runs(empty))
    ours = next(row for row in tables["positions"] if row["role"] == "ours")
    assert ours["quality"] is None and "lead_over_claim" not in rows


@pytest.mark.parametrize("playbook", [row["id"] for row in playbooks.listed()])
def test_every_handbook_gives_alternatives_to_begin_with_and_ours_is_not_among_them(playbook):
    for language in ("en", "zh"):
        rows = playbooks.first_alternatives(playbook, language)
        found = venture_of({**RAW, "positioning": {"alternatives": rows}}).positioning
        assert len(found.alternatives) >= 3 and found.alternatives[0].kind == "status quo"
        assert not any("(ours" in row.name or "（我" in row.name for row in found.alternatives)
