"""A person's ways through the pages, in a real browser."""

import re
import time
import urllib.request
from urllib.parse import quote

import pytest
import yaml

from browser.conftest import NAME, WAIT_S
from kit import runs

pytestmark = pytest.mark.slow
PAGES = ("", "review", "runs", "new_run", "proof", "rows", "labelling")


def wait_for(driver, condition, what, seconds=WAIT_S):
    deadline = time.time() + seconds
    while time.time() < deadline:
        try:
            found = condition()
        except Exception as err:
            if not any(late in str(err) for late in ("stale element", "no such element")):
                raise
            found = None
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what} did not come; the page says: {text(driver)[:1500]}")


def text(driver):
    return driver.execute_script("return document.querySelector('[data-testid=stMain]')?.innerText || ''")


def visit(driver, served, page="", query=""):
    driver.get(f"{served.url}/{page}?{query}")
    is_idle = "return !!document.querySelector('h1') && !document.querySelector('[data-testid=stStatusWidget]')"
    wait_for(driver, lambda: driver.execute_script(is_idle), f"page {page}")
    return driver


def button(driver, name):
    """The button with this text."""
    find = "return [...document.querySelectorAll('button')].find(b => b.innerText.trim().includes(arguments[0]))"
    return wait_for(driver, lambda: driver.execute_script(find, name), f"button {name}")


def click(driver, element):
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'}); arguments[0].click()", element)


def faults(driver):
    """Errors of the console; below a page's path Streamlit first asks for its own address there and gets a 404."""
    return [line["message"] for line in driver.get_log("browser")
            if line["level"] == "SEVERE" and "_stcore/" not in line["message"]]  # fmt: skip


def test_every_page_opens_without_console_errors_or_sideways_scroll_on_a_phone(served, browser):
    driver = browser(390, 844)
    for page in PAGES:
        visit(driver, served, page)
        time.sleep(1)
        width = driver.execute_script("return document.documentElement.scrollWidth")
        assert width <= 390, f"{page} is {width} px wide"
        assert "Traceback" not in text(driver)
    assert faults(driver) == []


def test_the_language_is_switched_and_stands_in_the_url(served, browser):
    driver = visit(browser(), served)
    click(driver, button(driver, "简体中文"))
    wait_for(driver, lambda: "决策总览" in text(driver), "Chinese")
    assert "lang=zh" in driver.current_url
    visit(driver, served, "proof", "lang=zh&run=good")
    assert "效果证明与阈值" in text(driver) and faults(driver) == []


def test_two_runs_are_compared(served, browser):
    driver = visit(browser(), served, "runs")
    wait_for(driver, lambda: driver.execute_script("return document.querySelectorAll('.js-plotly-plot').length >= 1"),
             "the forest")  # fmt: skip
    labels = driver.execute_script("return document.querySelector('.js-plotly-plot').innerText + "
                                   "document.querySelector('.js-plotly-plot').textContent")  # fmt: skip
    assert "good" in labels and "weak" in labels
    assert faults(driver) == []


def test_a_name_full_of_markup_is_shown_letter_by_letter(served, browser):
    driver = visit(browser(), served, "proof", f"run={quote(NAME)}")
    shown = text(driver).replace("\u2060", "")
    assert NAME in shown
    assert driver.execute_script("return document.querySelectorAll('[data-testid=stMain] b, .katex').length") == 0


def test_moving_the_threshold_moves_the_money(served, browser):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    driver = visit(browser(), served, "proof", "run=good")
    sentence = re.compile(r"Answering ([\d.]+) % alone .* costs \$(\d+)")
    before = wait_for(driver, lambda: sentence.search(text(driver)), "the sentence").groups()
    thumb = wait_for(driver, lambda: driver.find_element("css selector", "[data-testid=stSlider] input"), "the slider")
    driver.execute_script("arguments[0].focus()", thumb)
    ActionChains(driver).send_keys(*[Keys.ARROW_LEFT] * 20).perform()
    after = wait_for(driver, lambda: (m := sentence.search(text(driver))) and m.groups() != before and m.groups(),
                     "another sentence")  # fmt: skip
    assert float(after[0]) < float(before[0]) and after[1] != before[1]
    assert faults(driver) == []


def test_three_rows_are_labelled_by_keyboard(served, browser):
    from selenium.webdriver.common.action_chains import ActionChains

    driver = visit(browser(), served, "labelling", "run=example-tuned")
    wait_for(driver, lambda: "1 · refund" in driver.execute_script("return document.body.innerText"), "label keys")
    for done in (1, 2, 3):
        ActionChains(driver).send_keys("1").perform()
        wait_for(driver, lambda n=done: f", {n} labelled now" in text(driver), f"{done} labels")
    click(driver, button(driver, "Save as"))
    saved = served.folder.parent / "uploads" / "tickets.v2.csv"
    wait_for(driver, saved.is_file, "the new version")
    before = (served.folder.parent / "uploads" / "tickets.csv").read_text(encoding="utf-8")
    assert saved.read_text(encoding="utf-8").count("refund") == before.count("refund") + 3


def test_a_training_is_started_watched_and_stopped(served, browser, tiny_config_file):
    config = tiny_config_file()
    place = served.folder.parent / "configs"
    place.mkdir(exist_ok=True)
    raw = yaml.safe_load(config.read_text(encoding="utf-8")) | {"schedule": {"epochs": 2000.0}}
    (place / "tiny.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    driver = visit(browser(), served, "new_run")
    first = "return document.querySelector('[data-testid=stTextInput] input')?.value || ''"
    wait_for(driver, lambda: "tiny" in driver.execute_script(first), "the config")
    click(driver, button(driver, "Start training"))
    wait_for(driver, lambda: "Money so far" in text(driver), "the live panel", 120)
    click(driver, button(driver, "Stop"))
    wait_for(driver, lambda: "has ended" in text(driver), "the end", 60)
    assert runs.read(served.folder / "tiny").status == "stopped"


def test_dark_mode_is_readable(served, browser):
    """Body text against its background, by the contrast ratio of WCAG 2.1: 4.5 or more."""
    driver = visit(browser(is_dark=True), served)
    measure = """
      const lum = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => { x /= 255;
        return x <= 0.03928 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4) });
        return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2] };
      const back = lum(getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor);
      return [...document.querySelectorAll('[data-testid=stMain] p, [data-testid=stMain] h1')].map(e => {
        const a = lum(getComputedStyle(e).color); return (Math.max(a, back) + 0.05) / (Math.min(a, back) + 0.05) });
    """
    ratios = driver.execute_script(measure)
    assert len(ratios) > 10 and min(ratios) >= 4.5


def test_nothing_is_asked_of_another_machine(served, browser):
    driver = browser()
    driver.execute_cdp_cmd("Network.enable", {})
    visit(driver, served, "proof", "run=good")
    time.sleep(1)
    asked = driver.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
    assert asked and all(name.startswith((served.url, "data:", "blob:")) for name in asked), asked
    with urllib.request.urlopen(served.url, timeout=5) as page:
        assert page.status == 200
