"""Scenarios over a base and over one another; the runs that a venture stands on; addresses of stores."""

import shutil
from dataclasses import replace

import pytest
from synthetic_runs import ACCURATE, WEAK, write_run

from kit import runs, store
from kit.errors import KitError, RunError, StoreError
from kit.store.database import address
from kit.ventures import changes, check, key_results, side_by_side, venture_under

SHOP = "support-routing"


@pytest.fixture
def shop(tmp_path, documents, ana):
    opened = store.open_store(check, f"sqlite:///{tmp_path / 'store.db'}")
    store.create(opened, ana, documents)
    yield opened
    opened.close()


def price_under(db, scenario):
    return store.load(db, SHOP, scenario).documents["pricing"]["price"]["value"]


def test_scenarios_stack_and_are_reset_to_what_they_stand_on(shop, ana):
    def change(made):
        return store.update_state(shop, ana, SHOP, made)

    change(lambda state: store.with_overrides(state, "low", {"pricing.price.value": 0.2, "risks.0.owner": "bo"}))
    change(lambda state: store.with_overrides(state, "lower", {"pricing.price.value": 0.1}, over="low", note="worst"))
    assert [price_under(shop, name) for name in (None, "low", "lower")] == [0.25, 0.2, 0.1]
    assert store.load(shop, SHOP, "lower").documents["risks"][0]["owner"] == "bo"
    change(lambda state: store.reset(state, "lower", ["pricing.price.value"]))
    assert price_under(shop, "lower") == 0.2
    change(lambda state: store.reset(state, "low"))
    assert price_under(shop, "low") == 0.25 and store.load(shop, SHOP).state.scenarios["lower"].note == "worst"
    store.undo(shop, ana, SHOP)
    assert price_under(shop, "low") == 0.2


def test_a_scenario_follows_its_base(shop, ana):
    store.update_state(shop, ana, SHOP, lambda state: store.with_overrides(state, "low", {"pricing.price.value": 0.2}))
    found = store.load(shop, SHOP)
    moved = {**found.documents, "title": "Moved"}
    store.save(shop, ana, SHOP, replace(found.state, documents=moved), base=found.number)
    assert store.load(shop, SHOP, "low").documents["title"] == "Moved"


def test_bad_scenarios_are_refused(shop, ana):
    state = store.load(shop, SHOP).state
    low = store.with_overrides(state, "low", {"pricing.price.value": 0.2})
    lower = store.with_overrides(low, "lower", {}, over="low")
    for make, said in (
        (lambda: store.with_overrides(state, "low", {"pricng.price.value": 1}), "did you mean pricing"),
        (lambda: store.with_overrides(state, "low", {"pricing.price.value.x": 1}), "pricing.price.value holds 0.25"),
        (lambda: store.with_overrides(state, "low", {"risks.9.owner": 1}), "a list of 3"),
        (lambda: store.with_overrides(state, "a b", {}), "letters, digits"),
        (lambda: store.with_overrides(state, "up", {}, over="lov"), "scenario is 'lov'"),
        (lambda: store.with_overrides(lower, "low", {}, over="lower"), "stands on itself"),
        (lambda: store.reset(low, "low", ["pricing.price"]), "did you mean pricing.price.value"),
        (lambda: store.without(lower, "low"), "carries lower"),
        (lambda: store.save(shop, ana, SHOP, store.with_overrides(state, "low", {"pricing.price.currency": "EUX"}),
                            base=1), "scenario low: pricing.price.currency is 'EUX'"),
    ):  # fmt: skip
        with pytest.raises(KitError, match=said):
            make()


def test_a_base_that_breaks_a_scenario_is_refused(shop, ana):
    store.update_state(shop, ana, SHOP, lambda state: store.with_overrides(state, "less", {"tripwires.2.threshold": 1}))
    found = store.load(shop, SHOP)
    fewer = {**found.documents, "tripwires": found.documents["tripwires"][:1]}
    with pytest.raises(StoreError, match=r"scenario less.*scenario reset VENTURE less tripwires.2.threshold"):
        store.save(shop, ana, SHOP, replace(found.state, documents=fewer), base=2)


def test_side_by_side_and_changes_are_the_worksheets_own_figures(shop, ana):
    store.update_state(shop, ana, SHOP, lambda state: store.with_overrides(state, "low", {"pricing.price.value": 0.2}))
    views = {name or "base": key_results(venture_under(store.load(shop, SHOP, name))) for name in (None, "low")}
    margin = next(line for line in side_by_side(views) if line["key"] == "gross_margin")
    assert margin["values"] == {name: rows["gross_margin"].value for name, rows in views.items()}
    assert margin["values"]["low"] < margin["values"]["base"]
    found = {one.key: str(one) for one in changes(views["base"], views["low"])}
    # of a price of 0.25 the fee takes 2.9 % and other costs 32.4 %; of 0.2 they take 2.9 % and 32.4 % x 1.25 = 40.5 %
    assert found["gross_margin"] == "gross_margin 64.7 % -> 56.6 %" and "cost_per_request_usd" not in found


def test_a_link_pins_the_summary_and_notices_every_change(shop, ana, tmp_path, monkeypatch):
    folder = write_run(tmp_path / "runs" / "good", ACCURATE)
    weak = write_run(tmp_path / "runs" / "weak", WEAK)
    link = store.link_to(folder, ana)
    assert link.sha256 == runs.sha256(folder)
    links = store.with_link(store.with_link(store.RunLinks(), "live", link), "rival", store.link_to(weak, ana))
    store.update_state(shop, ana, SHOP, lambda state: replace(state, runs=links))
    kept = store.load(shop, SHOP).state.runs
    assert kept == links and store.folders(SHOP, kept) == {"live": [folder], "candidate": [], "rival": [weak]}
    assert venture_under(store.load(shop, SHOP)).runs.live is not None

    text = (folder / runs.SUMMARY).read_text()
    (folder / runs.SUMMARY).write_text(text.replace('"seed": 0', '"seed": 1'))
    with pytest.raises(RunError, match="has changed since it was linked as live") as changed:
        store.folders(SHOP, kept)
    assert link.sha256 in str(changed.value) and runs.sha256(folder) in str(changed.value)
    assert "link-run support-routing live RUN" in str(changed.value) and changed.value.exit_code == 2

    (folder / runs.SUMMARY).write_text(text)
    moved = tmp_path / "elsewhere"
    shutil.move(folder.parent, moved)
    with pytest.raises(RunError, match=r"good, linked as live .* is no longer there; link it again"):
        store.folders(SHOP, kept)
    assert all("no longer there" in wrong for _, _, wrong in store.looked_at(SHOP, kept))
    monkeypatch.setenv("MOATKIT_RUNS", str(moved))  # the same run, on a machine that keeps its runs elsewhere
    assert store.folders(SHOP, kept)["live"] == [moved / "good"]


def test_links_are_replaced_and_taken_out(tmp_path, ana):
    good, weak = (store.link_to(write_run(tmp_path / name, ACCURATE), ana) for name in ("good", "weak"))
    links = store.with_link(store.with_link(store.RunLinks(), "rival", good), "rival", weak)
    assert [link.run for link in store.with_link(links, "rival", good).rivals] == ["weak", "good"]
    assert [link.run for link in store.without_link(links, "rival", "good").rivals] == ["weak"]
    for make, said in (
        (lambda: store.without_link(links, "live"), "no run is linked as live"),
        (lambda: store.without_link(links, "rival", "god"), "did you mean good"),
        (lambda: store.with_link(links, "lives", good), "did you mean live"),
        (lambda: store.link_to(tmp_path / "none", ana), "none"),
    ):
        with pytest.raises(KitError, match=said):
            make()


def test_where_the_store_lies_by_the_environment(monkeypatch, tmp_path):
    for name in ("MOATKIT_STORE", "MOATKIT_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    assert address().database == "moatkit.db"
    monkeypatch.setenv("MOATKIT_STORE", str(tmp_path / "mine.db"))
    assert address().database == str(tmp_path / "mine.db") and not store.exists()
    monkeypatch.setenv("MOATKIT_DATABASE_URL", "postgres://ana:secret@host/kit")
    assert address().drivername == "postgresql+psycopg"
    for url, said in (("mysql://host/kit", "the store runs on postgresql or sqlite"), ("kit", "no database address")):
        monkeypatch.setenv("MOATKIT_DATABASE_URL", url)
        with pytest.raises(StoreError, match=said):
            address()


def test_a_store_that_cannot_be_opened_says_why(tmp_path):
    (tmp_path / "text.db").write_text("this is no database, " * 100)
    for url, said in (
        (f"sqlite:///{tmp_path / 'text.db'}", "it is not a SQLite file"),
        (f"sqlite:///{tmp_path / 'none' / 'x.db'}", "the folder .* does not exist"),
        (f"sqlite:///{tmp_path}", "cannot be opened"),
        (f"postgresql+psycopg://ana:secret@/kit?host={tmp_path}", "whether the server runs"),
    ):
        with pytest.raises(StoreError, match=said) as refused:
            store.open_store(check, url)
        assert "secret" not in str(refused.value)
    with pytest.raises(StoreError, match=r"there is no store at .*begin one by `moatkit venture new NAME`"):
        store.open_store(check, f"sqlite:///{tmp_path / 'new.db'}", create=False)
    assert [path.name for path in tmp_path.iterdir()] == ["text.db"]
