"""Which row next? Read it, press a digit; what you decide is a new version of the file."""

import streamlit as st

from dashboards import intake, pieces, queue
from dashboards.figures import shown
from dashboards.safe import md
from dashboards.words import language, plain, word

MOST_KEYS = 9


def main() -> None:
    pieces.opening("labelling")
    with pieces.faults_told():
        path = _file()
        if path is None:
            pieces.empty("labelling", ("views/rows.py", "page_rows"))
            return
        work = queue.open_file(path)
        with st.spinner(word("choosing_rows")):
            row = work.current()
        order = plain(f"order_{row.reason}") if row else "–"
        pieces.answer(word("labelling_state", done=shown(len(work.given), "", language()), version=work.next_name,
                           left=shown(work.num_left, "rows", language()), order=order))
        _row(work, row)
        _save(work)


def _file():
    known = queue.files()
    left, right = st.columns(2)
    with left:
        name = st.selectbox(word("label_file"), list(known), key="label_file") if known else None
    with right:
        limit = st.get_option("server.maxUploadSize")
        file = st.file_uploader(word("upload", mb=limit), intake.KINDS, key="label_upload")
        st.caption(word("upload_more", mb=limit))
    if file is not None:
        return intake.keep(file.name, file.getvalue())
    return known[name] if name else None


def _row(work: queue.Work, row: queue.Row | None) -> None:
    if row is None:
        st.success(word("labelled_all"), icon=":material/check_circle:")
        return
    with st.container(border=True, key="label_card"):
        st.caption(word("row_id", id=row.id))
        st.text(row.text)
        if row.reason == "suspected_error":
            st.caption(word("looks_wrong", label=row.label, guess=row.guess))
        elif row.guess and row.confidence is not None:
            st.caption(word("model_says", label=row.guess, value=shown(row.confidence, "fraction", language())))
        elif row.reason == "uncertain":
            st.caption(word("unsure_between", why=row.why))
    names = work.offered(row)
    with st.container(horizontal=True):
        for place, name in enumerate(names[:MOST_KEYS], start=1):
            st.button(f"{place} · {md(name)}", key=f"give_{place}", shortcut=str(place),
                      on_click=work.give, args=(row, name), type="primary" if name == row.guess else "secondary")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(word("skip"), key="label_skip", shortcut="s", on_click=work.skip, args=(row,),
                  icon=":material/skip_next:")
        st.button(word("undo"), key="label_undo", shortcut="z", on_click=work.undo, disabled=not work.steps,
                  icon=":material/undo:")
        other = st.selectbox(word("other_label"), work.labels, index=None, key=f"other_{row.place}",
                             accept_new_options=True, placeholder=plain("other_label"))
        if other and st.button(word("give_other"), key="give_other"):
            work.give(row, other)
            st.rerun()


def _save(work: queue.Work) -> None:
    if st.button(word("save_version", name=work.next_name), key="label_save", disabled=not work.given,
                 icon=":material/save:"):
        saved = work.save()
        counts = {name: saved.record[name] for name in ("labelled", "changed", "confirmed")}
        st.success(word("saved_as", path=str(saved.path), **counts), icon=":material/check_circle:")
        st.markdown(word("to_train", name=saved.to_train.name))
        st.page_link("views/new_run.py", label=word("start_a_run"), icon=":material/add_circle:")
    if work.given:
        with st.expander(word("given_so_far", n=len(work.given))):
            pieces.table([{plain("id"): work.rows[place]["id"], plain("label"): label}
                          for place, label in list(work.given.items())[-50:]])


main()
