"""One run in money: its rows of the worksheets, what more rows are worth, and how another run compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kit.strategy.bridge import Bridge, RunFacts, bridge, facts_of
from kit.strategy.draws import Quantity
from kit.strategy.error_cost import critical_error_price_of_runs
from kit.strategy.information import question_of, value_of_labels, value_of_test_rows
from kit.strategy.learning import fit_learning_curve
from kit.strategy.measured import MeasuredRun, Runs, deal_of, evidence_of, volume_of
from kit.strategy.states import State, Value
from kit.strategy.venture import Venture
from kit.strategy.worksheet import by_key, worksheets

SHOWN = (
    "threshold", "automation_rate", "accuracy_when_automated", "error_rate", "cost_per_request_usd",
    "saving_per_request_usd", "contribution_per_request_usd", "customer_value_per_request_usd", "margin_per_request",
    "p_saving_positive", "p_deal", "gross_margin", "payback_months", "ltv_cac",
)
MORE_TEST_ROWS = 1_000
MORE_LABELS = 1_000


def run_report(
    venture: Venture, run: MeasuredRun, against: MeasuredRun | None = None, *, language: str = "en",
    sizes: Sequence[tuple[int, MeasuredRun]] = (),
) -> dict[str, Any]:
    """Rows by key and tables by name, ready for printing or JSON.

    `sizes` are runs of the same set-up with their numbers of training rows, this one included: the learning curve.
    """
    rows, tables = worksheets(venture, Runs(run), language=language)
    found = by_key(rows)
    report: dict[str, Any] = {
        "run": run.name, "date": run.date, "venture": venture.id, "currency": venture.currency,
        **{key: found[key].as_json() for key in SHOWN},
        "errors_by_class": next(list(table.rows) for table in tables if table.key == "errors_by_class"),
        "information": worth_of_knowing(venture, run, sizes),
    }
    if against is not None:
        report["against"] = comparison(venture, run, against)
    return report


def worth_of_labels(
    venture: Venture, run: MeasuredRun, sizes: Sequence[tuple[int, MeasuredRun]], added: int = MORE_LABELS
) -> dict[str, Any]:
    """Dollars a year of `added` more labels, by the learning curve through runs of different sizes."""
    tests = [other.rows.part("test") for _, other in sizes]
    rows_in_training = [size for size, _ in sizes]
    curve = fit_learning_curve(rows_in_training, [float((~test.correct).mean()) for test in tests],
                               evaluated=[len(test) for test in tests])  # fmt: skip
    if isinstance(curve, State):
        return _missing("a learning curve needs four sizes: train on fewer rows and name those runs with --smaller")
    size = next(size for size, other in sizes if other is run)
    worth = value_of_labels(run.rows, deal_of(venture, run), curve.errors_left(size, added),
                            requests=12 * volume_of(venture))  # fmt: skip
    told = {"error_rate_now": curve.error(size), "error_rate_then": curve.error(size + added)}
    return quantity(worth.usd, venture.usd_rate) | told | {"is_extrapolated": curve.is_extrapolated(size + added)}


def worth_of_knowing(
    venture: Venture, run: MeasuredRun, sizes: Sequence[tuple[int, MeasuredRun]] = ()
) -> dict[str, Any]:
    """Dollars a year: the most that labels can be worth, and what 1,000 more test rows are expected to be worth."""
    deal, a_year = deal_of(venture, run), 12 * volume_of(venture)
    test = run.rows.part("test")
    if not len(test) or not len(run.rows.part("validation")):
        why = "the run has no validation or no test rows"
        return {"next_1000_labels_usd": _missing(why), "no_errors_left_usd": _missing(why),
                "next_1000_test_rows_usd": _missing(why), "measure_first": None}
    rate = venture.usd_rate
    most = value_of_labels(run.rows, deal, 0.0, requests=a_year).usd
    more = value_of_test_rows(question_of(test, deal), MORE_TEST_ROWS, requests=a_year)
    return {
        "next_1000_labels_usd": worth_of_labels(venture, run, sizes),
        "no_errors_left_usd": quantity(most, rate),
        "next_1000_test_rows_usd": {"value": more.usd_of_rows * rate, "state": None},
        "measure_first": more.measure_first,
    }


def comparison(venture: Venture, run: MeasuredRun, against: MeasuredRun) -> dict[str, Any]:
    """The error price at which the ranking of two runs flips, and the bridge from the other run to this one."""
    deals = {mine.name: deal_of(venture, mine) for mine in (run, against)}
    costs = [float(deals[mine.name].model_usd_per_request) for mine in (run, against)]  # type: ignore[arg-type]
    price = critical_error_price_of_runs(
        run.rows.part("test"), against.rows.part("test"), usd_a=costs[0], usd_b=costs[1])
    answer: dict[str, Any] = {"run": against.name, "critical_error_price_usd": quantity(price, venture.usd_rate)}
    steps = run_bridge(venture, against, run)
    if steps is not None:
        answer["bridge"] = {
            "before": _plain(steps.before), "after": _plain(steps.after),
            "steps": [{"name": step.name, **_plain(step.change)} for step in steps.steps],
        }
    return answer


def run_bridge(venture: Venture, before: MeasuredRun, after: MeasuredRun) -> Bridge | None:
    """Monthly figures of all accounts' terms from one run to another; None where a run has no test rows."""
    facts: list[RunFacts] = []
    deal = deal_of(venture, after)
    for run in (before, after):
        known = evidence_of(venture, run, deal)
        model = float(deal_of(venture, run).model_usd_per_request)  # type: ignore[arg-type]
        found = facts_of(deal, known.result, known.mix, model_usd_per_request=model)
        if isinstance(found, State):
            return None
        facts.append(found)
    return bridge(deal, *facts, minutes_per_handoff=venture.customers.human_minutes_per_request.point)


def quantity(found: Quantity, rate: float = 1.0) -> dict[str, Any]:
    """value, state, low and high, times a rate of exchange."""
    return {name: x * rate if isinstance(x, float) else x for name, x in found.as_row().items()}


def _missing(why: str) -> dict[str, Any]:
    return {"value": None, "state": str(State.UNDEFINED), "why": why}


def _plain(figures: Mapping[str, Value]) -> dict[str, float | str]:
    return {key: str(value) if isinstance(value, State) else value for key, value in figures.items()}
