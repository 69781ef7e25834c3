"""Permissions: who uses it decides path, months, cost, launch and the cash trough; an unlisted base misses its gate."""

import datetime as dt
import math

import pytest
import yaml
from test_worksheet import GOOD
from whole_venture import PERMISSIONS, money, whole

from kit.errors import VentureError
from kit.strategy.documents import Permissions
from kit.strategy.permissions import FILED, TABLE, base_status, earliest_launch, months_of, rules_for
from kit.strategy.venture import venture_of
from kit.strategy.worksheet import Runs, by_key, worksheets


def asked(**changes):
    return Permissions.model_validate({**PERMISSIONS, **changes})


def ids(**changes):
    return [rule.id for rule in rules_for(asked(markets=["cn"], **changes))]


def sheet(**changes):
    places = {f"permissions__{name}": value for name, value in changes.items()}
    rows, tables = worksheets(venture_of(whole(**places)), Runs(GOOD))
    return by_key(rows), {table.key: table for table in tables}


@pytest.mark.parametrize(("changes", "path"), [
    ({"users": "internal"}, ["cn_exempt"]),
    ({"users": "b2b"}, ["cn_exempt", "cn_output_labels"]),
    ({"users": "public", "generates": False, "shapes_opinion": False}, ["cn_none"]),
    ({"users": "public", "shapes_opinion": False}, ["cn_generates_without_opinion", "cn_output_labels"]),
    ({"users": "public", "is_tuned": False}, ["cn_registration", "cn_output_labels"]),
    ({"users": "public"}, ["cn_algorithm_filing", "cn_filing", "cn_output_labels"]),
    ({"users": "public", "generates": False, "personalises": True, "shapes_opinion": False},
     ["cn_none", "cn_off_switch"]),
    ({"users": "internal", "clones_voice": True}, ["cn_exempt", "voice_consent"]),
])
def test_the_path_follows_from_who_uses_it_and_what_it_does(changes, path):
    assert ids(**changes) == path


def test_steps_of_a_market_add_up_and_the_slowest_market_decides():
    assert months_of(rules_for(asked(users="public"))) == (8, 10)
    assert months_of(rules_for(asked(users="public", is_tuned=False))) == (3, 4)
    assert months_of(rules_for(asked(users="public", markets=["eu", "other"]))) == (0, 0)
    assert months_of(rules_for(asked(users="public", is_news=True))) == (math.inf, math.inf)


def test_tuning_beyond_a_third_of_the_compute_makes_a_provider_in_the_union():
    share = {"value": 0.4, "source": {"kind": "guess"}}
    assert "eu_gpai_provider" in [rule.id for rule in rules_for(asked(tuning_flops_share=share))]
    assert "eu_gpai_provider" not in [rule.id for rule in rules_for(asked())]


def test_internal_to_public_changes_path_months_cost_launch_and_the_cash_trough():
    (internal, tables), (public, public_tables) = sheet(users="internal"), sheet(users="public")
    assert internal["permission_months"].value == 0 and public["permission_months"].value == 9
    assert internal["permission_cost"].value == 0 and public["permission_cost"].value > 320_000
    assert internal["months_to_launch"].value == 0 and public["months_to_launch"].value == 9
    assert internal["cash_trough_change"].value == 0 and public["cash_trough_change"].value < -300_000
    assert public["lowest_cash"].value < internal["lowest_cash"].value
    assert public["cash_trough_change"].value == pytest.approx(
        public["lowest_cash"].value - internal["lowest_cash"].value)
    assert public["cash_trough_change"].low < public["cash_trough_change"].value < public["cash_trough_change"].high < 0
    paths = [[row["rule"] for row in found["permission_path"].rows if row["jurisdiction"] == "cn"]
             for found in (tables, public_tables)]
    assert paths == [["cn_exempt"], ["cn_algorithm_filing", "cn_filing", "cn_output_labels"]]
    launches = [found["permission_path"].rows[0]["earliest_launch"] for found in (tables, public_tables)]
    assert launches == ["2026-11-01", earliest_launch(asked(), 9).isoformat()]
    assert earliest_launch(asked(), 9) == dt.date(2027, 8, 2)


def test_no_new_account_comes_before_the_launch():
    _, tables = sheet(users="public")
    new = [row["new_accounts"] for row in tables["projection"].rows]
    assert new[:9] == [0] * 9 and new[9] > 0


def test_a_base_that_is_not_on_the_dated_list_misses_its_gate_with_the_reason():
    def gate(**changes):
        return next(row for row in sheet(users="public", **changes)[1]["gates"].rows if row["gate"] == "base_filed")

    missed = gate(base_model="meta-llama/Llama-3.1-8B")
    checked = str(yaml.safe_load(FILED.read_text(encoding="utf-8"))["checked"])
    assert missed["status"] == "missed"
    assert "meta-llama/Llama-3.1-8B is not on the list of filed models" in missed["sentence"]
    assert checked in missed["sentence"]
    assert gate()["status"] == "met" and "2025-02-19" in gate()["sentence"]
    own = {"name": "Yi", "date": "2026-03-01", "ref": "filing notice 12"}
    assert gate(base_model="01-ai/Yi-9B", base_filing=own)["status"] == "met"
    internal = sheet(users="internal", base_model="meta-llama/Llama-3.1-8B")[1]["gates"].rows
    assert "base_filed" not in [row["gate"] for row in internal]


def test_a_distilled_foreign_base_is_not_taken_for_the_filed_family_of_its_name():
    assert base_status(asked(users="public", base_model="deepseek-ai/DeepSeek-V3.1")).is_filed
    assert not base_status(asked(users="public", base_model="deepseek-ai/DeepSeek-R1-Distill-Llama-8B")).is_filed


def test_a_barred_market_misses_its_gate_and_never_launches():
    rows, tables = sheet(users="public", is_news=True)
    assert rows["permission_months"].state == rows["months_to_launch"].state == "never"
    gate = next(row for row in tables["gates"].rows if row["gate"] == "open_market")
    assert gate["status"] == "missed" and "cn_news_licence" in gate["sentence"]
    assert sum(row["new_accounts"] for row in tables["projection"].rows) == 0


def test_a_path_without_a_stated_cost_says_so_and_a_cost_for_no_path_is_refused():
    rows, _ = sheet(users="public", costs={"cn_filing": money(1)})
    assert rows["permission_cost"].state == "undefined"
    assert "no cost stated for cn_algorithm_filing" in sheet(users="public", costs={})[0]["permission_cost"].sources[
        0]["ref"]
    with pytest.raises(VentureError, match=r"permissions.costs.filing is no path: use one of cn_exempt"):
        sheet(costs={"filing": money(1)})


def test_every_row_of_both_tables_has_a_source_and_a_date():
    for path in (TABLE, FILED):
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert isinstance(table["checked"], dt.date)
        assert all(row["source"].strip() for row in table["rows"])
    assert all(row["filed_by"] <= table["checked"] for row in table["rows"])
