"""Go, no-go, or not yet proven, and what would settle it?"""

import streamlit as st

from dashboards import charts, chips, editing, frame, gates, pieces, reports, ventures
from dashboards.figures import interval, shown
from dashboards.safe import md
from dashboards.words import language, plain, word
from kit.strategy.gates import Status
from kit.strategy.labels import sentence
from kit.strategy.worksheet import by_key


def main() -> None:
    pieces.opening("brief")
    here = frame.current()
    venture = frame.current_venture()
    found, tables = ventures.sheets(here.venture, here.scenario, here.run_path, language())
    rows = by_key(found)
    lines = [*gates.model_lines(venture, rows, here.run.summary), *gates.stage_lines(tables)]
    status = gates.overall(lines)
    met = sum(line.status is Status.MET for line in lines)
    pieces.answer(word(f"brief_{status.value}", met=met, all=len(lines), what=_settles(lines)), status)
    pieces.numbers(("saving_per_request", "gross_margin", "automation_rate", "runway_months"), rows)

    st.subheader(word("gates_at", stage=plain(f"stage_{venture.stage}")), anchor=False)
    for place, line in enumerate(lines):
        _gate(line, place)
    chips.source_line(chips.run_source(), word("from_venture", venture=venture.title), word("level_90"))
    with pieces.faults_told():
        _next_tests()
    editing.inputs("saving_per_request", ("pricing.price", "stage", "capital.target_margin"), key="brief")


def _settles(lines: list[gates.Line]) -> str:
    """What would settle the first open gate, or which one is missed."""
    worst = next((s for s in (Status.MISSED, Status.NOT_YET_PROVEN) if any(line.status is s for line in lines)), None)
    line = next((line for line in lines if line.status is worst), None)
    if line is None:
        return ""
    if line.more and line.evidence:
        return plain("settled_by", name=_name(line), what=_evidence(line))
    return plain("settled_by_fresh_rows" if line.is_worn else f"settles_{line.status.value}", name=_name(line))


def _name(line: gates.Line) -> str:
    return line.label or plain(f"gate_of_{line.key}")


def _evidence(line: gates.Line) -> str:
    """How much more of which evidence, and about what it costs."""
    what = f"{shown(line.more, '', language())} {sentence(f'evidence_{line.evidence}', language())}"
    money = chips.in_currency(line.money, frame.current_venture().currency) if line.money is not None else None
    return what if money is None else plain("for_about", what=what, money=shown(money, frame.current().currency,
                                                                               language()))  # fmt: skip


def _gate(line: gates.Line, place: int) -> None:
    """One gate: state and words at the left, its own axis at the right."""
    unit = chips.unit_of(line.unit)
    value, low, high, target = (chips.in_currency(x, line.unit) if isinstance(x, int | float) else None
                                for x in (line.value, line.low, line.high, line.target))
    words, figure = st.columns([2, 3], vertical_alignment="center")
    with words, st.container(gap="xsmall"):
        pieces.gate_badge(line.status)
        st.markdown(f"**{md(_name(line))}**")
        level = "95" if line.key == "versus_base" else "90"  # the run's own test keeps its own level
        if value is not None and target is not None:
            sure = interval(low, high, unit, language())
            st.caption(word(f"gate_figures_{level}" if sure else "gate_figures", value=shown(value, unit, language()),
                            target=shown(target, unit, language()), **({"interval": sure} if sure else {})))
        if line.more and line.evidence and line.status is Status.NOT_YET_PROVEN:
            st.caption(word("would_settle", what=_evidence(line)))
        elif line.sentence and (value is None or line.status is not Status.MET):
            st.caption(md(line.sentence))
        if line.owner:
            st.caption(word("owned_by", owner=line.owner))
    with figure:
        if value is not None and target is not None:
            span = charts.Span("", value, value if low is None else low, value if high is None else high)
            shown_unit = "fraction" if unit in {"points", "fraction"} else unit
            drawn = charts.targets([charts.Target(span, target, shown_unit)], example=frame.current().is_example)
            charts.draw(drawn, key=f"gate_{place}", alt=_name(line))


def _next_tests() -> None:
    """What to find out next, by what knowing it is worth a year less what it costs."""
    st.subheader(word("next_tests"), anchor=False)
    pieces.tests_table(reports.tests_to_do(frame.current()))


with pieces.faults_told():
    main()
