"""Which run leads, what is running, what did it cost?"""

import streamlit as st

from dashboards import charts, chips, data, frame, jobs, live, pieces, prefs, run_table
from dashboards.figures import shown
from dashboards.safe import md
from dashboards.words import language, naming, plain, word

MOST_COMPARED = 6


def main() -> None:
    pieces.opening("runs")
    entries = data.own_runs()
    if not entries:
        pieces.empty("runs", ("views/new_run.py", "start_a_run"))
        entries = [data.entry(path) for path in frame.example_folders()]
    _answer(entries)
    _going()
    shown_entries = _table(entries)
    _compare(entries, shown_entries)


def _answer(entries: list[data.Entry]) -> None:
    proven = [one for one in entries if one.is_proven]
    spent = sum(((one.summary.cost or {}).get("train_usd") or 0.0) for one in entries if one.summary)
    money = shown(spent, "USD", language())
    if not proven:
        pieces.answer(word("runs_none_proven", n=len(entries), money=money))
        return
    newest = proven[0].headline["metric"]
    same = [one for one in proven if one.headline["metric"] == newest]
    sign = 1 if same[0].headline["higher_is_better"] else -1
    best = max(same, key=lambda one: sign * one.headline["value"])
    value = run_table.table_row(best)["test"]
    pieces.answer(word("runs_leader", run=best.name, metric=newest, value=value, n=len(entries), money=money))


def _going() -> None:
    for job in jobs.going(data.runs_dir()):
        live.watch(data.runs_dir() / job.run)


def _table(entries: list[data.Entry]) -> list[data.Entry]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(word("find"), key="runs_find", icon=":material/search:")
        statuses = ["all", *run_table.STATUS_MARK]
        status = st.selectbox(word("status"), statuses, key="runs_status",
                              format_func=naming("status_", statuses))
        st.page_link("views/new_run.py", label=word("start_a_run"), icon=":material/add_circle:")
    kept = prefs.columns(run_table.COLUMNS)
    found = run_table.wanted(entries, text, None if status == "all" else status)
    pages = max(1, -(-len(found) // run_table.PAGE_ROWS))
    page = 1 if pages == 1 else st.number_input(word("page_of", n=pages), 1, pages, 1, key="runs_page", width=160)
    here = found[(page - 1) * run_table.PAGE_ROWS:][: run_table.PAGE_ROWS]
    rows = [{plain(f"column_{name}"): line[name] for name in kept} for line in map(run_table.table_row, here)]
    pieces.table(rows, key="runs_table")
    st.caption(word("runs_count", shown=len(here), all=len(entries), folder=str(data.runs_dir())))
    with st.popover(word("columns"), icon=":material/view_column:"):
        st.pills(word("columns"), run_table.COLUMNS, default=kept, selection_mode="multi", key="runs_columns",
                 format_func=naming("column_", run_table.COLUMNS), on_change=prefs.keep_columns)
    broken = [one for one in entries if one.error]
    if broken:
        with st.expander(word("broken_runs", n=len(broken)), icon=":material/warning:"):
            for one in broken:
                st.code(one.error, language=None, wrap_lines=True)
    return here


def _compare(entries: list[data.Entry], here: list[data.Entry]) -> None:
    st.subheader(word("compare"), anchor=False)
    by_name = {one.name: one for one in entries if one.summary}
    first = [one.name for one in run_table.comparable(here)]
    chosen = st.multiselect(word("compare_which"), list(by_name), default=first, key="runs_compare",
                            max_selections=MOST_COMPARED)
    picked = [by_name[name] for name in chosen]
    if len([one for one in picked if one.is_proven]) >= 2:
        with pieces.faults_told():
            _forest([one for one in picked if one.is_proven])
    if picked:
        _curves(picked)


def _forest(picked: list[data.Entry]) -> None:
    """Rows of the first run against each other one; the zero line is no difference."""
    first, rows = picked[0], []
    for place, other in enumerate(picked[1:]):
        for found in run_table.differences(first, other):
            name = f"{first.name} − {other.name}" + (f" · {found['slice']}" if found["slice"] else "")
            rows.append(charts.Span(name, found["diff"], found["low"], found["high"], f"n = {found['n']}",
                                    charts.LINES[place % len(charts.LINES)]))
    example = any(one.is_example for one in picked)
    figure = charts.spans(rows, title=plain("paired_difference"), unit="fraction", zero=True, example=example)
    charts.draw(figure, key="forest", alt=plain("paired_difference"))
    chips.source_line(word("same_rows"), word("level_95"))


def _curves(picked: list[data.Entry]) -> None:
    with st.container(horizontal=True):
        x = st.segmented_control(word("over"), ["money", "units"], default="money", key="runs_x", required=True,
                                 format_func=naming("over_", ("money", "units")))
    lines = {one.name: run_table.curve(one, "train", x, "loss") for one in picked}
    lines = {name: pair for name, pair in lines.items() if pair[0]}
    if not lines:
        st.caption(word("no_curve"))
        return
    figure = charts.curves(lines, x=charts.axis(plain(f"over_{x}"), "USD" if x == "money" else plain("units")),
                           y=charts.axis(plain("training_loss")))
    charts.draw(figure, key="curves", alt=plain("training_loss"))
    st.caption(" · ".join(md(name) for name in lines))


main()
