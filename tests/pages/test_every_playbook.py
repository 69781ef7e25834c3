"""Every page on every playbook in both languages: it opens, and its numbers are those of the worksheets."""

import pytest

from dashboards.figures import shown
from kit import playbooks
from kit.strategy.worksheet import Runs, by_key, worksheets
from kit.venture_runs import measured, sheet_prices
from pages.conftest import VIEWS

PLAYBOOKS = [row["id"] for row in playbooks.listed()]
OTHERS = [name for name in PLAYBOOKS if name != playbooks.DEFAULT]
MOST_COMPARED = 3


def rows_of(app, language):
    """The worksheet's rows of what the page shows, worked out anew."""
    here = app.session_state["frame"]
    venture = playbooks.load(here.venture)
    runs = Runs(measured(here.run_path, rows_needed=False))
    return venture, by_key(worksheets(venture, runs, sheet_prices(), language=language, level=0.90)[0])


def compare(app, language):
    """Every number with a chip reads as the pure function's; how many there were."""
    keys = [one.key.removeprefix("chip_") for one in app.button if (one.key or "").startswith("chip_")]
    _, rows = rows_of(app, language) if keys else (None, {})
    values = {one.value for one in app.metric}
    for key in keys[:MOST_COMPARED]:
        row = rows[key]
        if row.value is not None:
            assert shown(row.value, row.unit, language) in values, (key, row.value, row.unit, values)
    return len(keys)


def opens(opened, folder, view, playbook, language):
    app = opened(view, folder, venture=playbook, lang=language)
    assert not app.exception
    assert not app.error, [one.value for one in app.error]
    assert app.session_state["frame"].venture == playbook
    return compare(app, language)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_page_opens_on_the_first_playbook(opened, runs_folders, view, language):
    opens(opened, runs_folders["empty"], view, playbooks.DEFAULT, language)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("playbook", OTHERS)
@pytest.mark.parametrize("view", VIEWS)
def test_every_page_opens_on_every_playbook(opened, runs_folders, view, playbook, language):
    opens(opened, runs_folders["empty"], view, playbook, language)


def test_the_comparison_finds_numbers(opened, runs_folders):
    assert opens(opened, runs_folders["empty"], "brief", playbooks.DEFAULT, "zh") == 4
