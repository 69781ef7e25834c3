"""Gates of a stage: three states, what would settle an open one, and whose guesses an outcome rests on."""

import dataclasses
from string import Formatter

import numpy as np
import pytest
from test_worksheet import BAD, GOOD, run_of
from whole_venture import DEMAND, SURVEY, whole

from kit.errors import VentureError
from kit.stats import wilson
from kit.strategy.assumptions import Assumption
from kit.strategy.guesses import by_kind, contributions, expired_share, leaves_under, share_on_guesses
from kit.strategy.labels import SENTENCES, catalogue
from kit.strategy.measured import Runs
from kit.strategy.stage_gates import GATES
from kit.strategy.states import State
from kit.strategy.venture import venture_of
from kit.strategy.workings import work
from kit.strategy.worksheet import by_key, worksheets

STATES = {"met", "missed", "not_yet_proven"}


def gates(run=GOOD, **places):
    tables = worksheets(venture_of(whole(**places)), Runs(run))[1]
    return {row["gate"]: row for row in next(table for table in tables if table.key == "gates").rows}


@pytest.mark.parametrize("stage", ["idea", "pilot", "paying", "scaling"])
def test_the_stage_picks_its_gates_and_each_has_one_of_three_states(stage):
    found = gates(stage=stage)
    own = {gate.key for gate in GATES if gate.stage == stage}
    assert set(found) == own | {"rights", "open_market"}
    assert {row["status"] for row in found.values()} <= STATES and all(row["sentence"] for row in found.values())
    rows = by_key(worksheets(venture_of(whole(stage=stage)), Runs(GOOD))[0])
    assert sum(rows[f"gates_{state}"].value for state in STATES) == len(found)


def test_an_interval_beyond_the_target_settles_a_gate_and_one_that_holds_it_names_what_would():
    few = whole()["demand"]["interviews"][:4] + [DEMAND["interviews"][-1]] * 2
    open_gate = gates(stage="idea", demand__interviews=few)["pain"]
    assert open_gate["status"] == "not_yet_proven" and open_gate["evidence"] == "interviews"
    needed = open_gate["more"] + 6
    assert open_gate["money"] == pytest.approx(400 * open_gate["more"])
    assert f"{open_gate['more']:,.0f} more interviews" in open_gate["sentence"]
    assert wilson(4 / 6 * needed, needed)[0] >= 0.5 - 1e-6 > wilson(4 / 6 * (needed - 2), needed - 2)[0] - 1e-6
    assert gates(stage="idea")["pain"]["status"] == "met"
    silent = [{**talk, "hurt": 0} for talk in DEMAND["interviews"]]
    assert gates(stage="idea", demand__interviews=silent)["pain"]["status"] == "missed"


def test_without_evidence_a_gate_says_how_much_of_it_would_do_at_least():
    found = gates(stage="idea", demand__interviews=[])["pain"]
    assert found["status"] == "not_yet_proven" and "add interviews" in found["sentence"]
    assert wilson(found["more"], found["more"])[0] >= 0.5 > wilson(found["more"] - 1, found["more"] - 1)[0]


def test_more_test_rows_are_counted_and_priced_where_they_would_settle_it():
    found = gates(run=run_of((0.90, 9.0, 0.57), "so so"), stage="idea")["better_than_api"]
    assert found["status"] == "not_yet_proven" and found["more"] > 0
    assert found["money"] == pytest.approx(1.5 * found["more"])
    assert gates(stage="idea", api__error_rate={"value": 0.3, **SURVEY})["better_than_api"]["status"] == "met"
    assert gates(run=BAD, stage="idea", api__error_rate={"value": 0.01, **SURVEY})["better_than_api"][
        "status"] == "missed"


def test_a_level_of_evidence_below_the_field_is_not_yet_proven():
    assert gates()["field_evidence"]["status"] == "not_yet_proven"
    field = dataclasses.replace(GOOD, summary={**GOOD.summary, "evidence": {"level": 3, "test_reads": 1}})
    assert gates(run=field)["field_evidence"]["status"] == "met"


def test_a_guess_proves_nothing_and_a_measured_figure_does():
    guess = {"value": 0.01, "source": {"kind": "guess", "ref": "x"}}
    zero = {"value": 0, "source": {"kind": "guess", "ref": "x"}}
    places = {"stage": "paying", "customers__extra_churn_per_error_rate": zero}
    guessed = gates(**places, customers__churn_per_month=guess)["retention"]
    assert guessed["status"] == "not_yet_proven" and "stands on a guess" in guessed["sentence"]
    assert gates(stage="paying")["concentration"]["status"] == "missed"  # from the invoices: 63 % with one customer
    assert gates(stage="paying")["collection"]["status"] == "met"


def test_a_state_is_judged_by_what_it_means():
    never = gates(stage="scaling", pricing__price__value=0.001)
    assert never["payback"]["status"] == "missed" and never["payback"]["value"] == "never"
    endless = gates(stage="scaling", customers__churn_per_month={"value": 0, **SURVEY},
                    customers__extra_churn_per_error_rate={"value": 0, **SURVEY})
    assert endless["ltv_to_cac"]["status"] == "met" and endless["ltv_to_cac"]["value"] == "infinite"


def test_a_target_of_ones_own_moves_the_gate_and_names_its_owner():
    target = {"hours_saved": {"value": 50, "owner": "Zhao", "reason": "a whole person", "date": "2026-11-01"}}
    found = gates(targets=target)["hours_saved"]
    assert (found["status"], found["target"], found["owner"]) == ("missed", 50, "Zhao")
    with pytest.raises(VentureError, match=r"targets.hours is no gate: use one of pain"):
        gates(targets={"hours": target["hours_saved"]})


def test_rights_follow_the_licences_of_the_run():
    for use, status in (("yes", "met"), ("no", "missed"), ("unclear", "not_yet_proven"), (None, "not_yet_proven")):
        run = dataclasses.replace(GOOD, summary={**GOOD.summary, "licence": {"commercial_use": use}})
        assert gates(run=run)["rights"]["status"] == status


def test_every_sentence_has_both_languages_with_the_same_places():
    for key, words in catalogue(SENTENCES).items():
        assert set(words) == {"en", "zh"}, key
        places = [sorted(name for _, name, _, _ in Formatter().parse(text) if name) for text in words.values()]
        assert places[0] == places[1], key


@pytest.mark.parametrize("stage", ["idea", "pilot", "paying", "scaling"])
def test_gates_speak_chinese(stage):
    raw = whole(stage=stage, permissions__users="public", permissions__base_model="x/y")
    for run in (GOOD, None):
        tables = worksheets(venture_of(raw), Runs(run), language="zh")[1]
        rows = next(table for table in tables if table.key == "gates").rows
        assert "模型与数据权利" in [row["label"] for row in rows]
        assert all(row["label"] in row["sentence"] and "：" in row["sentence"] for row in rows)


def test_contributions_add_up_by_source_and_follow_what_was_measured():
    w = work(venture_of(whole()), Runs(GOOD))
    found = contributions(w, "margin_per_account")
    assert 0.9 < sum(part.share for part in found) < 1.05
    assert sum(by_kind(found).values()) == pytest.approx(sum(part.share for part in found))
    assert 0.5 < share_on_guesses(found) <= 1
    # with every priced range measured, what is left rests on the run
    raw = whole()
    known = {"kind": "invoice", "ref": "books"}
    for error in raw["errors"].values():
        error["cost"]["source"] = known
    raw["costs"]["support_per_account"]["source"] = known
    assert share_on_guesses(contributions(work(venture_of(raw), Runs(GOOD)), "margin_per_account")) < 0.05
    assert share_on_guesses([]) is State.UNDEFINED


def test_first_order_shares_of_a_sum_are_shares_of_variance():
    w = work(venture_of(whole()), Runs(GOOD))
    rng = np.random.default_rng(0)
    for key, sd in (("hosting_per_account", 3.0), ("support_per_account", 4.0)):
        w.draws[key] = rng.normal(0, sd, 20_000)
    w.draws["contribution_per_request"] = w.draws["hosting_per_account"] + w.draws["support_per_account"]
    w.rows["contribution_per_request"] = dataclasses.replace(
        w.rows["contribution_per_request"], inputs=("hosting_per_account", "support_per_account"))
    shares = {part.name: part.share for part in contributions(w, "contribution_per_request")}
    assert shares == pytest.approx({"support_per_account": 0.64, "hosting_per_account": 0.36}, abs=0.02)
    assert leaves_under(w, "price") == {"price"}


def test_numbers_older_than_half_a_year_have_expired():
    def dated(day):
        return Assumption.model_validate({"value": 1, "date": day, "source": {"kind": "guess"}})

    old, fresh, newest = dated("2026-01-01"), dated("2026-06-01"), dated("2026-11-01")
    assert expired_share([old, fresh, newest]) == pytest.approx(1 / 3)
    assert expired_share([Assumption.model_validate({"value": 1, "source": {"kind": "guess"}})]) is State.UNDEFINED
