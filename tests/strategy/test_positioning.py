"""Alternatives, measured map, forces, powers and the melting of a lead."""

import doctest
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import VentureError
from kit.records import Estimate
from kit.strategy import positioning
from kit.strategy.positioning import (
    POWER_STAGE,
    Alternative,
    Force,
    Gap,
    MapPoint,
    Power,
    alternatives_grid,
    lead_value,
    measured_map,
    moat_half_life,
    unmeasured_forces,
)
from kit.strategy.states import State


def test_docstring_examples_hold():
    assert doctest.testmod(positioning).failed == 0


def test_grid_orders_alternatives_and_names_the_kinds_without_a_row():
    rows = [
        Alternative("tuned model", "ours", "accuracy", ".92", "measured", "run routing-7"),
        Alternative("human", "agents", "accuracy", ".98", "claimed", "interview, 2026-03-02"),
        Alternative("status quo", "inbox", "hours to route", "6", "measured", "ticket log, 2026-02"),
        Alternative("API wrapper", "X", "accuracy", ".95", "claimed", "vendor page, 2026-03-02"),
    ]
    grid = alternatives_grid(rows)
    assert [row.kind for row in grid.rows] == ["status quo", "human", "API wrapper", "tuned model"]
    assert (grid.missing, grid.measured_share) == (("incumbent",), 0.5)


def test_an_empty_grid_has_no_measured_share_and_a_row_needs_a_source():
    assert alternatives_grid([]).measured_share is State.UNDEFINED
    with pytest.raises(VentureError, match=r"alternatives\[0\]\.source"):
        alternatives_grid([Alternative("human", "a", "b", "c", "measured", " ")])
    with pytest.raises(VentureError, match=r"alternatives\[0\]\.kind is 'robot'.*incumbent"):
        alternatives_grid([Alternative("robot", "a", "b", "c", "measured", "d")])


def at(name, quality, usd, half_quality=0.01, half_usd=0.1):
    return MapPoint(
        name,
        Estimate(quality, quality - half_quality, quality + half_quality, 500),
        Estimate(usd, usd - half_usd, usd + half_usd, 500),
    )


def test_a_point_is_dominated_only_beyond_both_intervals():
    placed = {p.point.name: p for p in measured_map([at("A", 0.95, 1), at("B", 0.90, 2), at("C", 0.94, 1.1)])}
    assert placed["A"].standing == "front"
    assert (placed["B"].standing, placed["B"].beaten_by) == ("dominated", ("A", "C"))
    # A is ahead of C by point values, but .94 to .96 overlaps .93 to .95
    assert (placed["C"].standing, placed["C"].beaten_by) == ("not separated", ("A",))


def test_separate_on_quality_alone_is_not_dominated():
    placed = {p.point.name: p.standing for p in measured_map([at("A", 0.95, 1.0), at("B", 0.90, 1.1)])}
    assert placed == {"A": "front", "B": "not separated"}


def test_equal_points_stand_side_by_side():
    assert {p.standing for p in measured_map([at("A", 0.9, 1), at("B", 0.9, 1)])} == {"front"}


def test_a_force_without_a_sourced_figure_is_still_to_be_measured():
    forces = [
        Force("suppliers", "two hosts", 0.52, "", "invoices 2026-01"),
        Force("buyers", "small shops", 3, "days"),
        Force("rivalry", "crowded"),
    ]
    assert forces[0].reading == 0.52
    assert forces[1].reading is State.UNDEFINED
    assert [line.split(":")[0] for line in unmeasured_forces(forces)] == [
        "rivalry", "new entrants", "substitutes", "buyers"
    ]  # fmt: skip


FULL = {"claim": "c", "benefit": "b", "barrier": "r", "evidence": ("run 7 against three rivals",)}


@pytest.mark.parametrize("lacking", ["benefit", "barrier", "evidence"])
def test_a_power_without_benefit_barrier_or_evidence_is_not_evidenced(lacking):
    power = Power("counter-positioning", **{**FULL, lacking: (" ",) if lacking == "evidence" else " "})
    assert (power.state, power.missing) == ("not evidenced", (lacking,))


def test_a_power_with_all_three_is_evidenced_and_knows_its_stage():
    assert Power("counter-positioning", **FULL).state == "evidenced"
    assert Power("counter-positioning", **FULL).stage == "origination"
    assert Power("branding", **FULL).stage == "stability"
    assert len(POWER_STAGE) == 7


@given(st.floats(0.5, 60), st.floats(0.01, 0.5), st.sampled_from([(0, 3, 7, 12), (0, 0.1, 12), (5, 6), (0, 3, 3, 40)]))
def test_half_life_is_recovered_from_exact_gaps(months, first, dates):
    gaps = [Gap(t, first * 2 ** (-t / months)) for t in dates]
    found = moat_half_life(gaps)
    assert found.months == pytest.approx(months, rel=1e-5)
    assert found.gap_now == gaps[-1].gap


def test_half_life_of_measured_gaps_has_an_interval_around_it():
    found = moat_half_life([Gap(t, 0.08 * 2 ** (-t / 9), 0.008) for t in (0, 3, 6, 12)])
    assert found.low < found.months < found.high
    assert found.months == pytest.approx(9, rel=1e-5)
    assert (found.low, found.high) == (pytest.approx(6.1, abs=0.5), pytest.approx(15.4, abs=2.5))


def test_a_sharp_reading_outweighs_a_vague_one():
    def months(vague_error):
        return moat_half_life([Gap(0, 0.08, 0.001), Gap(6, 0.04, 0.001), Gap(12, 0.04, vague_error)]).months

    # the first two alone say 6 months
    assert months(1.0) == pytest.approx(6, rel=1e-3)
    assert months(0.001) > 7


def test_a_rival_who_has_overtaken_us_counts_as_a_reading():
    with_it = moat_half_life([Gap(0, 0.08, 0.01), Gap(6, 0.04, 0.01), Gap(12, -0.01, 0.01)])
    without = moat_half_life([Gap(0, 0.08, 0.01), Gap(6, 0.04, 0.01)])
    assert without.months == pytest.approx(6, rel=1e-5)
    assert with_it.months < without.months and with_it.gap_now == -0.01


@pytest.mark.parametrize("later", [[Gap(6, 0.0, 0.05)], [Gap(6, -0.2, 0.01)], [Gap(3, 0.0), Gap(6, 0.0)]])
def test_a_lead_gone_by_the_second_date_has_no_half_life(later):
    assert moat_half_life([Gap(0, 0.1, 0.05), *later]).months is State.UNDEFINED


def test_a_lead_that_grows_never_halves():
    found = moat_half_life([Gap(0, 0.04), Gap(6, 0.05)])
    assert (found.months, found.high) == (State.NEVER, State.NEVER)


@pytest.mark.parametrize("gaps", [[], [Gap(0, 0.1)], [Gap(3, 0.1), Gap(3, 0.05)], [Gap(0, 0.0), Gap(6, 0.1)]])
def test_half_life_needs_two_dates_and_a_lead_to_begin_with(gaps):
    assert moat_half_life(gaps).months is State.UNDEFINED


def test_case_l31_present_value_of_a_lead():
    value = lead_value(
        0.04, requests_per_month=100_000, usd_per_error=20, half_life_months=9, discount_per_month=0.01
    )
    assert value == pytest.approx(919_367.4, abs=0.05)


def test_a_lead_that_never_melts_is_a_perpetuity_and_infinite_without_discount():
    def value(half_life, discount):
        return lead_value(
            0.04, requests_per_month=100, usd_per_error=20, half_life_months=half_life, discount_per_month=discount
        )

    assert value(State.NEVER, 0.01) == pytest.approx(8_000)
    assert value(State.NEVER, 0.0) is State.INFINITE
    assert value(State.UNDEFINED, 0.01) is State.UNDEFINED
    assert value(9, 0.0) == pytest.approx(80 * 9 / math.log(2))
