"""The proof as a table and sentences, for the terminal and the run's README.md (also the model card)."""

from __future__ import annotations

from typing import Any

from kit.config import RunConfig
from kit.forecast.record import against_actual
from kit.runs import Summary

EVIDENCE = {
    0: "demo data that ships with the project", 1: "a public data set", 2: "your own held-out rows",
    3: "a customer's rows in a pilot", 4: "production",
}  # fmt: skip
NAMES = {"tfidf": "TF-IDF + linear model", "majority": "majority answer", "base": "base model, untuned",
         "before_refit": "tuned, before the refit",
         "mean": "mean of the training values", "prompted_base": "base model, prompted"}  # fmt: skip


def proof_lines(summary: Summary) -> list[tuple[str, str, str]]:
    """(system, value, 95 % interval), the tuned model first, then the others from best to worst."""
    if not summary.headline:
        return []
    head = summary.headline
    others = sorted(summary.baselines, key=lambda row: row["value"], reverse=head["higher_is_better"])
    rows = [{"name": "tuned model" if summary.kind == "trained" else summary.run, **head}, *others]
    return [
        (NAMES.get(row["name"], row["name"]), _number(row["value"], head), _interval(row, head)) for row in rows
    ]


def verdict(summary: Summary) -> str:
    """One plain sentence: did tuning help, by how much, how sure."""
    paired, head = summary.versus_base, summary.headline
    if not head and summary.status != "done":
        why = f" ({summary.stop_reason})" if summary.stop_reason else ""
        return f"Not evaluated: the run is {summary.status}{why}."
    if not head:
        return "Not evaluated: there were no test rows."
    if not paired and summary.kind == "external":
        return f"{head['metric']} {_number(head['value'], head)}; `moatkit runs compare` sets it beside a run of yours"
    if not paired:
        return f"{head['metric']} {_number(head['value'], head)}; there is no untuned base to compare with."
    counts = f"{paired['wins']} rows won, {paired['losses']} lost, {paired['ties']} tied"
    size = f"{100 * paired['diff']:+.1f} points ({100 * paired['low']:+.1f} to {100 * paired['high']:+.1f})"
    if paired["p_value"] < 0.05 and paired["diff"] > 0:
        return f"Tuning helped: {size} over the base on the same rows; {counts}; p = {_p(paired['p_value'])}."
    if paired["p_value"] < 0.05:
        return f"Tuning did harm: {size} against the base on the same rows; {counts}; p = {_p(paired['p_value'])}."
    return (
        f"Tuning did not measurably help: {size} against the base; {counts}; p = {_p(paired['p_value'])}. "
        "More test rows or more training rows would settle it."
    )


def best_plain(summary: Summary) -> str | None:
    """A warning where a method without a network is as good as the tuned model."""
    head = summary.headline
    if not head or not summary.baselines:
        return None
    sign = 1 if head["higher_is_better"] else -1
    plain = [row for row in summary.baselines if row["name"] not in {"base", "prompted_base", "before_refit"}]
    best = max(plain, key=lambda row: sign * row["value"], default=None)
    if best is None or sign * best["value"] < sign * head["value"]:
        return None
    name = NAMES.get(best["name"], best["name"])
    return f"{name} is as good as the tuned model on these rows: it may be all you need."


def cost_line(summary: Summary) -> str:
    cost, train = summary.cost or {}, summary.train or {}
    if not cost:
        return ""
    if summary.kind == "external":
        return answers_cost(cost)
    own = "" if cost["currency"] == "USD" else f" ({cost['train_cost']:.4f} {cost['currency']})"
    energy = f", about {1000 * cost['energy_kwh']:.1f} Wh" if cost.get("energy_kwh") is not None else ""
    return (
        f"{train['wall_s']:.0f} s of training on {train['device']}: ${cost['train_usd']:.4f}{own}{energy}; "
        f"price {cost['price_per_hour']:.4g} {cost['currency']}/hour ({cost['price_id']}, {cost['price_date']})"
    )


def forecast_line(summary: Summary) -> str:
    """What the run took over what was forecast."""
    return against_actual(summary.forecast)


def answers_cost(cost: dict[str, Any]) -> str:
    """What answers made elsewhere cost, or why that is not known."""
    if cost["answers_usd"] is None:
        return f"cost of the answers: not known ({cost['why_unknown']})"
    own = "" if cost["currency"] == "USD" else f" ({cost['answers_cost']:.6g} {cost['currency']})"
    price = f"; price {cost['price_id']}" if cost["price_id"] else ""
    date = f", {cost['price_date']}" if cost["price_date"] else ""
    return f"the answers cost ${cost['answers_usd']:.6g}{own}{price}{date}"


def serving_line(summary: Summary) -> str:
    serving = summary.serving or {}
    if not serving:
        return ""
    if summary.kind == "external":
        return answers_serving(serving)
    money = serving["usd_per_1k_requests_at_capacity"]
    cost = f"; ${money:.4f} per 1,000 requests at full load" if money is not None else ""
    return (
        f"one request takes {serving['p50_ms']:.0f} ms (median), {serving['p95_ms']:.0f} ms (95th percentile); "
        f"{serving['requests_per_s']:.0f} requests/s in batches of {serving['concurrency']}{cost}"
    )


def answers_serving(serving: dict[str, Any]) -> str:
    """Speed and price of answers made elsewhere, as far as they are known."""
    money, p50, p95 = serving["usd_per_1k_requests_at_capacity"], serving["p50_ms"], serving["p95_ms"]
    parts = [f"one answer takes {p50:.0f} ms (median), {p95:.0f} ms (95th percentile)"] if p50 is not None else []
    return "; ".join([*parts, f"${money:.4g} per 1,000 requests"] if money is not None else parts)


def evidence_line(summary: Summary) -> str:
    evidence = summary.evidence or {}
    if not evidence:
        return ""
    reads = evidence["test_reads"]
    worn = " (chosen by often enough to flatter: take a fresh test split)" if reads >= 20 else ""
    level = evidence["level"]
    return f"evidence level {level}: {EVIDENCE[level]}; these test rows have been scored {reads} time(s) here{worn}"


def run_card(summary: Summary, cfg: RunConfig, report: dict[str, Any]) -> str:
    """The run's README.md."""
    head = summary.headline or {}
    table = "\n".join(f"| {name} | {value} | {interval} |" for name, value, interval in proof_lines(summary))
    splits = report["splits"]
    licence = summary.licence or {}
    lines = cost_line(summary), forecast_line(summary), serving_line(summary), evidence_line(summary)
    facts = [line for line in lines if line]
    bullets = "\n".join(f"- {line}" for line in facts)
    warning = best_plain(summary)
    sources = ", ".join(f"`{source.path}`" for source in cfg.data.train_sources)
    return f"""# {summary.run}

{cfg.task} with `{cfg.model.path}`, {cfg.lora.method}, seed {summary.seed}; created {summary.created}.

## Proof

{verdict(summary)}{f" {warning}" if warning else ""}

| system | {head.get("metric", "")} on {head.get("n", 0)} held-out rows | 95 % interval |
|---|---|---|
{table}

## Data

{splits["train"]} training, {splits["validation"]} validation and {splits["test"]} test rows from {sources}.

## Cost

{bullets}

## Checks before the first step

{check_lines(report)}

## Licence

Model: {licence.get("model") or "not stated"}; data: {licence.get("data") or "not stated"};
declared use: {licence.get("use", "not declared")}; commercial use: {licence.get("commercial_use")}
({licence.get("reason", "no reason on record")}). A reading aid, not legal advice.

## Limits

The interval covers the sampling of test rows only: rows of another kind, another time or another customer can do
worse. Confidences are calibrated on the validation rows. Repeat the run: `moatkit train {cfg.run.dir}/config.yaml`.
"""


def check_lines(report: dict[str, Any]) -> str:
    """What the checks before the first step found; what stopped the run and was let pass stands first."""
    found = report.get("findings", [])
    if not found:
        return "Nothing was found."
    state = {True: "**accepted by hand**", False: "warning"}
    return "\n".join(f"- {state[line['accepted']]} {line['name']}: {line['message']}" for line in found)


def _number(value: float, head: dict[str, Any]) -> str:
    return f"{100 * value:.1f} %" if _is_share(head) else f"{value:.4g}"


def _interval(row: dict[str, Any], head: dict[str, Any]) -> str:
    if _is_share(head):
        return f"{100 * row['low']:.1f} - {100 * row['high']:.1f} %"
    return f"{row['low']:.4g} - {row['high']:.4g}"


def _is_share(head: dict[str, Any]) -> bool:
    return head["metric"] not in {"rmse", "mae", "perplexity"}


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else f"{value:.0e}"
