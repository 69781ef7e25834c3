"""From a file or a config to a run: look, plan, forecast, start, watch."""

from pathlib import Path

import streamlit as st

from dashboards import data, intake, jobs, live, outlook, pieces, queue
from dashboards.figures import shown
from dashboards.safe import md
from dashboards.words import language, naming, plain, word
from kit.errors import KitError


def main() -> None:
    pieces.opening("new_run")
    going = jobs.going(data.runs_dir())
    pieces.answer(word("new_run_going", n=len(going)) if going else word("new_run_none"))
    for job in going:
        live.watch(data.runs_dir() / job.run)
    how = st.segmented_control(word("start_from"), ["config", "file"], default="config", key="new_how", required=True,
                               format_func=naming("start_from_", ("config", "file")))
    with pieces.faults_told():
        config = _from_file() if how == "file" else _from_config()
        if config is not None:
            _start(config)


def _from_config() -> Path | None:
    known = intake.configs()
    name = st.selectbox(word("config"), list(known), key="new_config")
    if name is None:
        return None
    with st.expander(plain("config_text")):
        st.code(known[name].read_text(encoding="utf-8"), language="yaml")
    return known[name]


def _from_file() -> Path | None:
    """Upload, look, write config and splits by the same verb as the command line."""
    limit, known = st.get_option("server.maxUploadSize"), queue.files()
    name = st.selectbox(word("label_file"), list(known), index=None, key="new_file") if known else None
    file = st.file_uploader(word("upload", mb=limit), intake.KINDS, key="new_upload")
    st.caption(word("upload_more", mb=limit))
    if file is not None:
        path = intake.keep(file.name, file.getvalue())
    elif name is not None:
        path = known[name]
    else:
        return None
    plan = intake.look(path)
    left, right = st.columns(2)
    with left:
        st.markdown(f"**{word('plan_found')}**")
        pieces.table(intake.plan_rows(plan), key="new_plan")
        for missing in plan.missing:
            st.warning(md(missing), icon=":material/warning:")
    with right:
        st.markdown(f"**{word('plan_classes', n=len(plan.classes))}**")
        pieces.table([{plain("label"): name, plain("rows"): count} for name, count in list(plan.classes.items())[:30]])
    if not plan.split_sizes:
        return None
    sizes = [f"{word(f'split_{name}')} {shown(n, 'rows', language())}" for name, n in plan.split_sizes.items()]
    st.caption(" · ".join(sizes))
    return intake.project(path)


def _start(config: Path) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(word("run_name"), config.stem if config.stem != "config" else config.parent.name,
                             key="new_name", max_chars=80)
        steps = st.number_input(word("max_steps"), 1, None, None, key="new_steps")
        budget = st.text_input(word("max_cost"), key="new_budget", placeholder="2 USD")
    overrides = intake.overrides(config, steps, budget)
    asked = (str(config), *overrides)
    if st.button(word("forecast"), icon=":material/query_stats:", key="new_forecast"):
        with st.spinner(word("asking")):
            st.session_state["outlook"] = asked, outlook.ask(config, overrides)
    held = st.session_state.get("outlook")
    if held and held[0] == asked:  # what was said of other settings says nothing of these
        outlook.show(held[1])
    if st.button(word("start"), type="primary", icon=":material/play_arrow:", key="new_start"):
        try:
            job = jobs.start(config, intake.folder_for(name), overrides)
        except (KitError, OSError) as err:
            st.error(md(err))
            return
        st.toast(word("started", run=job.run), icon=":material/play_arrow:")
        st.rerun()


main()
