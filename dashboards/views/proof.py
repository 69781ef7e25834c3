"""Is it better than base, API and people, and where do we let it answer?"""

import streamlit as st

from dashboards import charts, chips, frame, pieces, proof_parts, reports, trial, ventures
from dashboards.figures import interval, shown
from dashboards.money_chart import Texts, money_chart
from dashboards.run_table import difference_unit, metric_unit
from dashboards.words import language, plain, word
from kit.strategy.states import State
from kit.strategy.worksheet import by_key


def main() -> None:
    pieces.opening("proof")
    here = frame.current()
    if not here.run.is_proven:
        pieces.unproven(here.run.name)
        return
    summary = here.run.proven
    status, sentence = proof_parts.verdict(summary)
    pieces.answer(sentence, status)
    rows = by_key(ventures.sheets(here.venture, here.scenario, here.run_path, language())[0])
    _numbers(rows)
    _money()
    left, right = st.columns(2)
    with left:
        _rivals()
    with right:
        _calibration()
    _slices()
    proof_parts.errors(here)
    trial.box(here)


def _numbers(rows) -> None:
    summary = frame.current().run.proven
    head, paired = frame.current().run.headline, summary.versus_base
    unit, of_diff = metric_unit(head["metric"]), difference_unit(head["metric"])
    places = st.columns(4)
    with places[0]:
        pieces.card(plain("test_metric", metric=head["metric"], n=head["n"]), shown(head["value"], unit, language()),
                    interval(head["low"], head["high"], unit, language()), level=95)
    if paired:
        with places[1]:
            pieces.card(plain("versus_base"), shown(paired["diff"], of_diff, language()),
                        interval(paired["low"], paired["high"], of_diff, language()), level=95)
    for place, key in zip(places[2:], ("automation_rate", "saving_per_request")):
        with place:
            pieces.card(rows[key].label, chips.value_text(rows[key]), chips.interval_text(rows[key]), rows[key])


def _money() -> None:
    """The threshold: what each share answered automatically costs, and how many wrong answers it lets out."""
    st.subheader(word("threshold_title"), anchor=False)
    here, now = frame.current(), reports.prices_now(frame.current())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        error = st.number_input(word("error_price"), 0.0, None, now["error"], 0.1, key="proof_error", format="%.2f",
                                help=word("error_price_help"))
        human = st.number_input(word("human_price"), 0.0, None, now["human"], 0.05, key="proof_human", format="%.2f")
    typed = [None if value == now[name] else value for name, value in (("error", error), ("human", human))]
    curve = reports.threshold_money(here, *typed)
    if isinstance(curve, State):
        st.info(word("nothing_to_price"))
        return
    factor, last = frame.rate(), len(curve.coverage) - 1
    chosen = st.slider(word("share_answered"), 0, last, curve.best, key=f"proof_share_{here.run.name}", format="%d %%")
    pieces.answer(proof_parts.money_sentence(curve, chosen, factor))
    money = here.currency
    texts = Texts(plain("share_answered"), plain("cost_per_1k", currency=money), plain("wrong_per_week"),
                  plain("tuned"), plain("today_by_people"), plain("optimum"), plain("chosen"), plain("baseline_base"))
    charts.draw(money_chart(curve, chosen, texts, factor=factor, example=here.is_example), key="money",
                alt=plain("threshold_title"))
    what_if = [] if typed == [None, None] else [word("what_if")]
    chips.source_line(chips.run_source(), word("level_95"), *what_if)
    proof_parts.error_prices()


def _rivals() -> None:
    st.subheader(word("rivals"), anchor=False)
    summary = frame.current().run.proven
    head = frame.current().run.headline
    rows = [charts.Span(plain("tuned"), head["value"], head["low"], head["high"], "", charts.BLUE)]
    others = sorted(summary.baselines, key=lambda row: row["value"], reverse=head["higher_is_better"])
    rows += [charts.Span(proof_parts.rival_name(row["name"]), row["value"], row["low"], row["high"], "", charts.GREY)
             for row in others]
    unit, example = metric_unit(head["metric"]), frame.current().is_example
    figure = charts.spans(rows, title=head["metric"], unit=unit, example=example)
    charts.draw(figure, key="rivals", alt=plain("rivals"))
    chips.source_line(chips.run_source(), word("level_95"))


def _calibration() -> None:
    st.subheader(word("calibration"), anchor=False)
    found = frame.current().run.proven.calibration
    if not found or not found.get("reliability"):
        st.caption(word("no_calibration"))
        return
    figure = charts.reliability(found["reliability"], x=plain("confidence"), y=plain("accuracy"),
                                perfect=plain("perfect"), example=frame.current().is_example)
    charts.draw(figure, key="reliability", alt=plain("calibration"))
    chips.source_line(word("calibration_error", ece=shown(found["ece"], "fraction", language())), chips.run_source())


def _slices() -> None:
    slices = proof_parts.slice_spans(frame.current())
    if slices:
        st.subheader(word("slices"), anchor=False)
        figure = charts.spans(slices, title=plain("accuracy"), unit="fraction", example=frame.current().is_example)
        charts.draw(figure, key="slices", alt=plain("slices"))
        chips.source_line(chips.run_source(), word("level_95"))


with pieces.faults_told():
    main()
