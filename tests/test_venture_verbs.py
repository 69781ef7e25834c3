"""The verbs `venture ...` and `worksheet --venture NAME` as a user types them."""

import json

import pytest
import yaml
from synthetic_runs import ACCURATE, write_run

from kit.strategy.venture import load_venture
from tests.fixtures_cli import moatkit, run_process

__all__ = ["moatkit"]


@pytest.fixture
def kit(moatkit, tmp_path, monkeypatch):
    """The command with a store of its own."""
    monkeypatch.setenv("MOATKIT_STORE", str(tmp_path / "store.db"))
    monkeypatch.delenv("MOATKIT_DATABASE_URL", raising=False)
    return moatkit


def well(outcome):
    assert outcome.code == 0, outcome.err
    return outcome.out


def as_json(outcome):
    return json.loads(well(outcome))


@pytest.fixture
def shop(kit):
    well(kit("venture", "new", "shop", "--playbook", "support-routing", "--as", "ana"))
    return kit


def test_the_installed_verb_begins_sets_and_shows(tmp_path):
    def call(*words):
        return run_process("venture", *words, cwd=tmp_path, MOATKIT_STORE="", MOATKIT_DATABASE_URL="")

    assert "shop: revision 1" in well(call("new", "shop"))
    said = well(call("set", "shop", "pricing.price=0.3", "--as", "ana", "--message", "asked five shops"))
    assert "pricing.price.value: 0.25 -> 0.3" in said and "gross_margin 64.7 % -> 70.1 %" in said
    assert (tmp_path / "moatkit.db").exists()
    wrong = call("set", "shop", "pricng.price=0.3")
    assert wrong.code == 2 and "did you mean pricing?" in wrong.err and "Traceback" not in wrong.err


def test_a_list_without_a_store_makes_none(kit, tmp_path):
    assert "no ventures yet" in well(kit("venture", "list")) and as_json(kit("venture", "list", "--json")) == []
    missing = kit("venture", "show", "shop")
    assert missing.code == 2 and "begin one by `moatkit venture new NAME`" in missing.err
    assert list(tmp_path.iterdir()) == []


def test_a_typed_number_is_a_guess_of_who_typed_it_until_a_source_is_said(shop):
    well(shop("venture", "set", "shop", "pricing.price=0.2 EUR", "costs.qa_share=2.5 %", "--as", "bo"))
    well(shop("venture", "set", "shop", "customers.churn_per_month=0.01..0.05", "--source", "survey:calls in May"))
    documents = as_json(shop("venture", "show", "shop", "--json"))["documents"]
    price, churn = documents["pricing"]["price"], documents["customers"]["churn_per_month"]
    assert (price["value"], price["currency"], price["source"]) == (0.2, "EUR", {"kind": "guess", "ref": "bo"})
    assert "note" not in price and price["date"] > "2026-11-09"
    assert (churn["low"], churn["high"]) == (0.01, 0.05) and "value" not in churn
    assert churn["source"] == {"kind": "survey", "ref": "calls in May"}
    assert documents["costs"]["qa_share"]["value"] == 0.025


def test_optional_documents_words_lists_and_empty_values(shop):
    well(shop("venture", "set", "shop", "fit.very_disappointed=18", "fit.valid_answers=40", "title=2027",
              "risks.0.loss=5e4", "pricing.price.note=ask again"))
    documents = as_json(shop("venture", "show", "shop", "--json"))["documents"]
    assert documents["fit"]["valid_answers"]["value"] == 40 and documents["title"] == "2027"
    assert documents["risks"][0]["loss"]["value"] == 50000 and documents["pricing"]["price"]["note"] == "ask again"
    well(shop("venture", "set", "shop", "fit=", "pricing.price.note="))
    documents = as_json(shop("venture", "show", "shop", "--json"))["documents"]
    assert "fit" not in documents and "note" not in documents["pricing"]["price"]


@pytest.mark.parametrize(("words", "said"), [
    (["set", "shop", "pricing.price"], "write KEY=VALUE"),
    (["set", "shop", "pricing.price=1", "pricing.price=2"], "given twice"),
    (["set", "shop", "pricing.price=0.2 GBP"], "give it in USD, or add exchange_rates.GBP"),
    (["set", "shop", "costs.qa_share=12"], "costs.qa_share"),
    (["set", "shop", "costs.qa_share=1 USD"], "the field is no amount of money"),
    (["set", "shop", "fit.valid_answers=40"], "fit.very_disappointed is missing"),
    (["set", "shop", "price=1"], "did you mean pricing"),
    (["set", "shop", "pricing.price=abc"], "pricing.price is 'abc': write a number (0.3)"),
    (["set", "shop", "pricing.price=[1"], "is not a value that YAML can read"),
    (["set", "shop", "pricing.price=1", "--source", "gess:x"], "did you mean guess"),
    (["set", "shop", "pricing.price=1", "--role", "boss"], "use one of viewer, editor, owner"),
    (["set", "shop", "pricing.price=1", "--role", "viewer"], "is viewer"),
    (["set", "shop", "pricing.price=1", "--base", "4"], "shop has 1 to 1"),
    (["show", "shop", "--revision", "9" * 30], "larger than the store can hold"),
    (["set", "shop", "capital.target_margin=0.5"], "say why it changes"),
    (["scenario", "set", "shop", "low", "pricing.price="], "takes nothing out"),
    (["scenario", "show", "shop", "low"], "there is none"),
    (["show", "shopp"], "did you mean shop?"),
    (["new", "shop"], "exists already"),
    (["new", "b", "--playbook", "x", "--from", "y"], "name one of the two"),
    (["delete", "shop"], "add --yes"),
    (["member", "shop", "bo"], "the role of bo is missing"),
    (["link-run", "shop", "live", "none"], "none"),
    (["link-run", "shop", "lives", "none", "--remove"], "did you mean live"),
    (["import", "none.yaml"], "cannot be read"),
])  # fmt: skip
def test_bad_input_is_one_message_and_exit_code_2(shop, words, said):
    outcome = shop("venture", *words)
    assert outcome.code == 2 and said in outcome.err and outcome.err.count("error:") == 1


def test_a_stale_set_exits_1_and_shows_both(shop):
    well(shop("venture", "set", "shop", "pricing.price=0.3"))
    outcome = shop("venture", "set", "shop", "pricing.price=0.2", "--base", "1")
    assert outcome.code == 1 and "0.25 -> 0.3" in outcome.err and "0.25 -> 0.2" in outcome.err


def test_scenarios_side_by_side_and_in_the_worksheet(shop):
    well(shop("venture", "scenario", "set", "shop", "low", "pricing.price=0.2", "--note", "a rival"))
    well(shop("venture", "scenario", "set", "shop", "lower", "pricing.price=0.15", "--over", "low"))
    assert [one["over"] for one in as_json(shop("venture", "scenario", "list", "shop", "--json"))] == ["base", "low"]
    lines = as_json(shop("venture", "scenario", "show", "shop", "--json"))["results"]
    margin = next(line["values"] for line in lines if line["key"] == "gross_margin")
    assert margin["base"] > margin["low"] > margin["lower"]
    sheet = as_json(shop("worksheet", "--venture", "shop", "--scenario", "lower", "--json"))
    rows = {row["key"]: row["value"] for row in sheet["rows"]}
    assert rows["gross_margin"] == margin["lower"] and (sheet["venture"], sheet["scenario"]) == ("shop", "lower")
    well(shop("venture", "scenario", "reset", "shop", "lower"))
    well(shop("venture", "scenario", "set", "shop", "lower", "--over", "low"))
    assert "carries lower" in shop("venture", "scenario", "delete", "shop", "low").err
    well(shop("venture", "scenario", "delete", "shop", "lower"))
    assert "--venture NAME" in shop("worksheet", "--scenario", "low").err


def test_history_diff_and_undo(shop):
    well(shop("venture", "set", "shop", "pricing.price=0.3", "--as", "bo"))
    assert [one["author"] for one in as_json(shop("venture", "history", "shop", "--json"))] == ["bo", "ana"]
    blamed = as_json(shop("venture", "history", "shop", "pricing.price.value", "--json"))
    assert [(one["author"], one["value"]) for one in blamed] == [("bo", 0.3), ("ana", 0.25)]
    found = as_json(shop("venture", "diff", "shop", "--json"))
    assert {"path": "pricing.price.value", "before": 0.25, "after": 0.3} in found["fields"]
    assert "gross_margin" in {one["key"] for one in found["results"]}
    assert "gross_margin 70.1 % -> 64.7 %" in well(shop("venture", "undo", "shop"))
    assert "restores" in as_json(shop("venture", "history", "shop", "--limit", "1", "--json"))[0]


def test_comments_decisions_and_members(shop):
    well(shop("venture", "comment", "shop", "says who?", "--on", "pricing.price", "--as", "bo"))
    well(shop("venture", "comment", "shop", "--resolve", "1"))
    assert as_json(shop("venture", "comment", "shop", "--open", "--json")) == []
    well(shop("venture", "decide", "shop", "raise it", "--owner", "bo", "--due", "2026-12-24", "--reason", "margin"))
    well(shop("venture", "decide", "shop", "--change", "1", "--status", "done"))
    decided = as_json(shop("venture", "decide", "shop", "--status", "done", "--json"))
    assert [(one["owner"], one["due"], one["version"]) for one in decided] == [("bo", "2026-12-24", 2)]
    assert "viewer  cy" in well(shop("venture", "member", "shop", "cy", "viewer"))
    assert "cy is viewer of shop" in shop("venture", "set", "shop", "title=x", "--as", "cy").err
    assert "cy" not in well(shop("venture", "member", "shop", "cy", "none"))


def test_a_linked_run_stands_under_the_worksheet_until_it_changes(shop, tmp_path):
    folder = write_run(tmp_path / "runs" / "good", ACCURATE)
    well(shop("venture", "link-run", "shop", "live", "runs/good"))
    assert as_json(shop("worksheet", "--venture", "shop", "--json"))["run"] == "good"
    assert "good: as it was linked" in well(shop("venture", "show", "shop"))
    summary = folder / "summary.json"
    summary.write_text(summary.read_text().replace('"seed": 0', '"seed": 1'))
    outcome = shop("worksheet", "--venture", "shop", "--json")
    assert outcome.code == 2 and "has changed since it was linked as live of shop" in outcome.err
    assert as_json(shop("worksheet", "--venture", "shop", "--run", "runs/good", "--json"))["run"] == "good"
    assert "has changed" in well(shop("venture", "show", "shop"))
    well(shop("venture", "link-run", "shop", "live", "runs/good", "--remove"))
    assert as_json(shop("worksheet", "--venture", "shop", "--json"))["run"] is None


def test_export_and_import_through_files(shop, tmp_path, monkeypatch):
    well(shop("venture", "comment", "shop", "谁说的？\nask again"))
    well(shop("venture", "export", "shop", "--out", "shop.yaml"))
    text = (tmp_path / "shop.yaml").read_text(encoding="utf-8")
    assert well(shop("venture", "export", "shop")) == text
    sheet = well(shop("worksheet", "--venture", "shop.yaml", "--json"))
    assert json.loads(sheet)["rows"] == as_json(shop("worksheet", "--venture", "shop", "--json"))["rows"]
    monkeypatch.setenv("MOATKIT_STORE", str(tmp_path / "other.db"))
    well(shop("venture", "import", "shop.yaml", "--as", "bo"))
    assert well(shop("venture", "export", "shop")) == text
    assert "--replace" in shop("venture", "import", "shop.yaml").err
    well(shop("venture", "export", "shop", "--out", "shop.yaml"))  # over its own like, and over nothing else
    (tmp_path / "notes.md").write_text("mine")
    refused = shop("venture", "export", "shop", "--out", "notes.md")
    assert refused.code == 2 and "is no exported venture" in refused.err
    assert (tmp_path / "notes.md").read_text() == "mine"
    (tmp_path / "shop.yaml").write_text(text.replace("value: 0.25", "value: 0.3"), encoding="utf-8")
    assert "revision 2" in well(shop("venture", "import", "shop.yaml", "--replace"))


def test_a_plain_venture_file_is_taken_in_and_named_anew(kit, tmp_path):
    plain = yaml.safe_load(well(kit("playbooks", "show", "support-routing", "--yaml")))
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(plain), encoding="utf-8")
    well(kit("venture", "import", "mine.yaml"))
    well(kit("venture", "new", "other", "--from", "mine.yaml", "--title", "Another"))
    assert [one["venture"] for one in as_json(kit("venture", "list", "--json"))] == ["other", "support-routing"]
    shown = as_json(kit("venture", "show", "support-routing", "--json"))["documents"]
    (tmp_path / "again.yaml").write_text(yaml.safe_dump(shown), encoding="utf-8")
    assert load_venture(tmp_path / "again.yaml") == load_venture(tmp_path / "mine.yaml")
    (tmp_path / "runs.yaml").write_text(yaml.safe_dump({**plain, "runs": {"live": "x"}}), encoding="utf-8")
    assert "runs is given: leave it out" in kit("venture", "import", "runs.yaml").err


def test_delete_and_restore(shop):
    listed = as_json(shop("venture", "list", "--json"))
    assert [(one["venture"], one["revision"], one["saved_by"]) for one in listed] == [("shop", 1, "ana")]
    well(shop("venture", "delete", "shop", "--yes"))
    assert "was deleted" in shop("venture", "show", "shop").err
    well(shop("venture", "restore", "shop"))
    assert "shop" in well(shop("venture", "list"))
