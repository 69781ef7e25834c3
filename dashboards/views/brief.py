"""Go, no-go, or not yet proven, and what would settle it?"""

import streamlit as st

from dashboards import charts, chips, data, frame, gates, pieces, reports
from dashboards.figures import interval, shown
from dashboards.words import language, plain, word
from kit.strategy.gates import Status
from kit.strategy.worksheet import by_key


def main() -> None:
    pieces.opening("brief")
    here = frame.current()
    venture, summary = frame.current_venture(), here.run.summary
    rows = by_key(data.sheets(here.venture, here.run_path, language())[0])
    lines = gates.gate_lines(venture, rows, summary)
    status = gates.overall(lines)
    met = sum(line.status is Status.MET for line in lines)
    pieces.answer(word(f"brief_{status.value}", met=met, all=len(lines), what=_settles(lines)), status)
    pieces.numbers(("saving_per_request", "gross_margin", "automation_rate", "runway_months"), rows)

    st.subheader(word("gates"), anchor=False)
    for place, line in enumerate(lines):
        _gate(line, place)
    chips.source_line(chips.run_source(), word("from_venture", venture=venture.title), word("level_90"))
    _next_tests()
    _swings()


def _settles(lines: list[gates.Line]) -> str:
    """What would settle the first open gate, or which one is missed."""
    worst = next((s for s in (Status.MISSED, Status.NOT_YET_PROVEN) if any(line.status is s for line in lines)), None)
    line = next((line for line in lines if line.status is worst), None)
    if line is None:
        return ""
    name = plain(f"gate_of_{line.key}")
    if line.more_rows:
        return plain("settled_by_rows", name=name, n=shown(line.more_rows, "", language()))
    return plain("settled_by_fresh_rows" if line.is_worn else f"settles_{line.status.value}", name=name)


def _gate(line: gates.Line, place: int) -> None:
    """One gate: state and words at the left, its own axis at the right."""
    unit = chips.unit_of(line.unit)
    value, low, high, target = (None if x is None else chips.in_currency(x, line.unit)
                                for x in (line.value, line.low, line.high, line.target))
    words, figure = st.columns([2, 3], vertical_alignment="center")
    with words, st.container(gap="xsmall"):
        pieces.gate_badge(line.status)
        st.markdown(f"**{word(f'gate_of_{line.key}')}**")
        level = "95" if line.key == "versus_base" else "90"  # the run's own test keeps its own level
        figures = {"value": shown(value, unit, language()), "target": shown(target, unit, language()),
                   "interval": interval(low, high, unit, language()) or "–"}
        st.caption(word(f"gate_figures_{level}", **figures))
        if line.more_rows:
            st.caption(word("would_settle", n=shown(line.more_rows, "", language())))
    with figure:
        if value is not None and target is not None:
            span = charts.Span("", value, value if low is None else low, value if high is None else high)
            shown_unit = "fraction" if unit in {"points", "fraction"} else unit
            drawn = charts.targets([charts.Target(span, target, shown_unit)], example=frame.current().is_example)
            charts.draw(drawn, key=f"gate_{place}", alt=plain(f"gate_of_{line.key}"))


def _next_tests() -> None:
    """What to measure next, by what knowing it is worth a year less what it costs."""
    st.subheader(word("next_tests"), anchor=False)
    tests = reports.next_tests(frame.current())
    if not tests:
        st.caption(word("next_tests_need_run"))
        return
    money = frame.current().currency
    pieces.table([{plain("test"): plain(f"test_{one.key}"), plain("worth"): _money(one.worth, money),
                   plain("costs"): _money(one.cost, money), plain("net"): _money(one.net, money)}
                  for one in tests])
    st.caption(word("next_tests_note"))


def _money(value: float | None, currency: str) -> str:
    return shown(None if value is None else value * frame.rate(), currency, language())


def _swings() -> None:
    """The inputs that move the saving most."""
    with st.expander(word("swings"), icon=":material/tune:"):
        rows = reports.swings(frame.current(), "saving_per_request")
        pieces.table([{plain("input"): one.label, plain("now"): one.now, plain("at_low"): one.at_low,
                       plain("at_high"): one.at_high, plain("source"): one.source} for one in rows])


with pieces.faults_told():
    main()
