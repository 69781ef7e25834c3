"""Better for whom, versus what, how long?"""

import streamlit as st

from dashboards import alternatives, charts, chips, editing, frame, lead_form, pieces, positioning, remarks, ventures
from dashboards.positioning import table_rows
from dashboards.words import language, plain, word
from kit.strategy.worksheet import by_key

OUTCOMES = ("cost_ratio_to_rival", "saving_per_request")


def main() -> None:
    pieces.opening("positioning")
    here, venture = frame.current(), frame.current_venture()
    found, tables = ventures.sheets(here.venture, here.scenario, here.run_path, language())
    rows = by_key(found)
    pieces.answer(positioning.answer(rows, tables, venture.customers.segment), positioning.status(rows))
    pieces.numbers(positioning.key_numbers(rows), rows)
    _map(table_rows(tables, "positions"))
    editing.inputs(next(key for key in OUTCOMES if key in rows), key="positioning")
    _lead(table_rows(tables, "lead"))
    with st.expander(word("pos_systems"), icon=":material/table_rows:"):
        pieces.table(positioning.lines(table_rows(tables, "positions")))
    alternatives.alternatives(table_rows(tables, "alternatives"))
    alternatives.powers(table_rows(tables, "powers"))
    remarks.draw("positioning")


def _map(positions) -> None:
    """Cost against quality, with both intervals; what has no place on it is named."""
    figure = positioning.the_map(positions)
    if figure is not None:
        charts.draw(figure, key="positioning_map", alt=plain("pos_map_alt"))
    chips.source_line(chips.run_source(), word("from_venture", venture=frame.current_venture().title), word("level_90"),
                      word("pos_map_note"))
    if left_out := positioning.spots(positions)[1]:
        st.caption(word("pos_left_out", names=", ".join(left_out)))


def _lead(readings) -> None:
    """The lead over time, as far as rivals were measured."""
    st.subheader(word("pos_lead_title"), anchor=False)
    if not readings:
        st.caption(word("pos_no_readings"))
    else:
        charts.draw(positioning.the_lead(readings), key="positioning_lead", alt=plain("pos_lead_title"))
        chips.source_line(word("level_90"), word("pos_lead_note"))
    lead_form.draw()


with pieces.faults_told():
    main()
