"""Parts of the proof page: the verdict, the threshold in words, errors with their prices, slices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboards import charts, chips, data, frame, pieces, ventures
from dashboards.figures import MISSING, shown
from dashboards.frame import Frame
from dashboards.run_table import difference_unit, metric_unit
from dashboards.words import catalogue, language, plain, word
from kit import runs
from kit.runs import Summary
from kit.stats import wilson
from kit.strategy.gates import Status
from kit.strategy.money_curve import MoneyCurve

MOST_SLICES = 12
MOST_ERRORS = 200


def verdict(summary: Summary) -> tuple[Status, str]:
    """Did tuning help, by how much, how sure; and whether a method without a network is as good."""
    head, paired = summary.headline or {}, summary.versus_base
    if not paired:
        value = shown(head["value"], metric_unit(head["metric"]), language())
        return Status.NOT_YET_PROVEN, word("proof_no_base", value=value)
    size = {name: shown(paired[name], difference_unit(head["metric"]), language()) for name in ("diff", "low", "high")}
    status = Status.MISSED if paired["high"] < 0 else Status.MET if paired["low"] > 0 else Status.NOT_YET_PROVEN
    sentence = word(f"proof_{status.value}", **size, wins=paired["wins"], losses=paired["losses"])
    sign = 1 if head["higher_is_better"] else -1
    plain_ones = [row for row in summary.baselines if row["name"] in {"tfidf", "majority", "mean"}]
    best = max(plain_ones, key=lambda row: sign * row["value"], default=None)
    if best is not None and sign * best["value"] >= sign * head["value"]:
        sentence += " " + word("proof_plain_as_good", name=plain(f"baseline_{best['name']}"))
    return status, sentence


def rival_name(name: str) -> str:
    """A baseline's name from the catalogue, or its own."""
    key = f"baseline_{name}"
    return plain(key) if key in catalogue() else name


def money_sentence(curve: MoneyCurve, chosen: int, factor: float) -> str:
    """What the chosen share costs against today and against the optimum, and how many wrong answers a week."""
    money = frame.current().currency
    threshold = curve.threshold[chosen]
    return word(
        "threshold_sentence", share=shown(curve.coverage[chosen], "fraction", language()),
        threshold=MISSING if threshold is None else shown(threshold, "", language()),
        cost=shown(factor * curve.cost[chosen], money, language()),
        today=shown(factor * curve.today, money, language()),
        best=shown(curve.best_share, "fraction", language()),
        low=shown(curve.best_low, "fraction", language()), high=shown(curve.best_high, "fraction", language()),
        best_cost=shown(factor * curve.cost[curve.best], money, language()),
        wrong=shown(curve.wrong_per_week[chosen], "", language()),
    )  # fmt: skip


def error_prices() -> None:
    """What a wrong answer of each class costs and who pays; edited in the venture, not here."""
    with st.expander(word("error_prices"), icon=":material/payments:"):
        venture = frame.current_venture()
        example = frame.current().is_example
        rows = []
        for name, error in venture.errors.items():
            source = [{"kind": error.cost.source.kind, "ref": error.cost.source.ref, "date": str(error.cost.date)}]
            ends = error.cost.low, error.cost.high
            values = [error.cost.point] if ends[0] is None else [float(e) for e in ends if e is not None]
            rows.append({plain("error_class"): name, plain("payer"): plain(f"payer_{error.payer}"),
                         plain("costs"): " – ".join(shown(v, error.cost.currency, language()) for v in values),
                         plain("source"): chips.chip_text(source, run_is_example=example)})  # fmt: skip
        pieces.table(rows)


def slice_spans(here: Frame) -> list[charts.Span]:
    """The slices of the proof; a run without slices shows its weakest classes by recall."""
    proof = data.run_json(here.run_path, runs.PROOF)
    found = [charts.Span(f"{one['column']} = {one['slice']}", one["value"], one["low"], one["high"], f"n = {one['n']}")
             for one in proof.get("slices") or []]  # fmt: skip
    if not found:
        classes = sorted((one for one in proof.get("per_class") or [] if one["support"]), key=lambda one: one["recall"])
        for one in classes[:MOST_SLICES]:
            low, high = wilson(one["recall"] * one["support"], one["support"])
            found.append(charts.Span(one["label"], one["recall"], low, high, f"n = {one['support']}"))
    return found[:MOST_SLICES]


def errors(here: Frame) -> None:
    """Wrong answers, the most confident first: label errors and blind spots stand on top. Where answers are neither
    right nor wrong (texts, numbers), those with the lowest score."""
    import pyarrow.compute as pc

    table = data.predictions(here.run_path)
    test = table.filter(pc.equal(table["split"], "test"))
    is_judged = test["correct"].null_count < len(test)
    st.subheader(word("errors" if is_judged else "lowest_scores"), anchor=False)
    last = "confidence" if is_judged else "score"
    known = ("input", "reference", "prediction", last, "error_class")
    names = [name for name in known if name in test.column_names]
    wrong = test.filter(pc.equal(test["correct"], False)) if is_judged else test
    wrong = wrong.select(names).sort_by([(last, "descending" if is_judged else "ascending")])
    columns = wrong.slice(0, MOST_ERRORS).rename_columns([plain(f"field_{name}") for name in names])
    st.dataframe(columns, hide_index=True, height=300, key="errors_table", column_config={
        plain("field_confidence"): st.column_config.NumberColumn(format="percent")})  # fmt: skip
    st.caption(word("errors_count" if is_judged else "scores_count", shown=len(columns), all=len(wrong)))
    _errors_in_money(here)


def _errors_in_money(here: Frame) -> None:
    found = ventures.sheets(here.venture, here.scenario, here.run_path, here.language)[1]
    tables = {table.key: table for table in found}
    if "errors_by_class" not in tables or not tables["errors_by_class"].rows:
        return
    with st.expander(word("errors_in_money"), icon=":material/payments:"):
        pieces.table([_priced(row, here.currency) for row in tables["errors_by_class"].rows])


def _priced(row: Mapping[str, Any], money: str) -> dict[str, object]:
    cost, low, high = (shown(frame.rate() * row[key], money, language()) for key in ("cost_per_year", "low", "high"))
    return {
        plain("error_class"): row["error_class"], plain("payer"): plain(f"payer_{row['payer']}"),
        plain("count"): int(row["count"]), plain("cost_per_year"): cost, plain("interval_90"): f"{low} – {high}",
    }  # fmt: skip
