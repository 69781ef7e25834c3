"""Parts of the review of a stored venture: the answer, the bridge by cause, the moves, what else changed."""

from __future__ import annotations

import streamlit as st

from dashboards import charts, chips, frame, pieces
from dashboards.figures import MISSING, shown
from dashboards.review import Since
from dashboards.safe import md
from dashboards.words import language, plain, word
from kit.strategy.labels import label, sentence
from kit.strategy.states import State, Value


def answer(found: Since) -> None:
    """One sentence: by how much the month moved, since which revision, and by which cause most of all."""
    before, after = found.review.before, found.review.after
    since = {"number": found.before.number, "by": found.before.author, "date": found.before.at[:10]}
    if not found.review.moves:
        pieces.answer(word("since_nothing", **since))
        return
    causes = {cause: change for cause, change in found.review.by_cause().items() if isinstance(change, float)}
    largest = max(causes, key=lambda cause: abs(causes[cause])) if any(causes.values()) else None
    if isinstance(before, State) or isinstance(after, State) or largest is None:
        pieces.answer(word("since_changes", n=len(found.review.moves), before=_money(before), after=_money(after),
                           **since))  # fmt: skip
        return
    pieces.answer(word("since_moved", change=_money(after - before), before=_money(before), after=_money(after),
                       cause=label(f"cause_{largest}", language()), **since))  # fmt: skip


def bridge(found: Since) -> None:
    """Floating bars from then to now; none where a figure or a step has no value."""
    before, after = found.review.before, found.review.after
    causes = {cause: change for cause, change in found.review.by_cause().items() if change != 0.0}
    values = [change for change in causes.values() if not isinstance(change, State)]
    if isinstance(before, State) or isinstance(after, State) or not causes or len(values) < len(causes):
        return
    factor, money = frame.rate(), frame.current().currency
    figure = charts.bridge([label(f"cause_{cause}", language()) for cause in causes], [factor * x for x in values],
                           start=factor * before, end=factor * after,
                           ends=(plain("revision", n=found.before.number), plain("revision", n=found.after.number)),
                           y=charts.axis(label("contribution_per_month", language()), money),
                           example=frame.current().is_example)  # fmt: skip
    charts.draw(figure, key="bridge", alt=label("contribution_per_month", language()))
    chips.source_line(word("from_venture", venture=frame.current_venture().title))


def moves(found: Since) -> None:
    """Every change: what it was and is, what it did to the month, why, and who decides about it."""
    if not found.review.moves:
        return
    st.subheader(word("moves"), anchor=False)
    pieces.table([{plain("field"): ", ".join(move.places), plain("before"): move.before, plain("after"): move.after,
                   plain("change"): _money(move.change), plain("why"): move.why,
                   plain("decides"): move.owner or sentence("nobody", language())} for move in found.review.moves],
                 key="moves")  # fmt: skip


def figures(found: Since) -> None:
    """Watched figures before and after, gates that changed, tripwires, and the next three tests."""
    with st.expander(word("figures_then_now"), icon=":material/compare_arrows:"):
        pieces.table([{"": new.label, plain("before"): chips.value_text(old), plain("after"): chips.value_text(new)}
                      for _, old, new in found.review.figures])
    for gate, was, now in found.review.gates:
        st.markdown(word("gate_changed", gate=gate, before=sentence(f"status_{was}", language()),
                         after=sentence(f"status_{now}", language())))  # fmt: skip
    for tripped in found.review.tripwires:
        st.warning(md(tripped), icon=":material/notifications_active:")
    st.subheader(word("next_tests"), anchor=False)
    pieces.tests_table(found.review.tests)


def _money(value: Value) -> str:
    if isinstance(value, State):
        return plain(f"state_{value}")
    return shown(frame.rate() * value, frame.current().currency, language()) if value is not None else MISSING
