"""Every playbook holds its thirteen contents in both languages, every figure its source and day, and its data load."""

import csv
import datetime as dt
import hashlib
import itertools
import json
import re
import subprocess
import sys
import wave
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from genai_prices.data import providers

from kit import playbooks
from kit.cost.prices import load_sheet
from kit.errors import VentureError
from kit.paths import shipped
from kit.strategy.assumptions import Assumption
from kit.strategy.guide import FILES, texts
from kit.strategy.handbook import INTERVIEW_COLUMNS, Figure, Handbook, Words, load_handbook
from kit.strategy.labels import catalogue, label
from kit.strategy.worksheet import SECTIONS
from tests.fixtures_cli import ROOT, moatkit, run_process

__all__ = ["moatkit"]

SCENARIOS = {
    "support-routing": "text_classification", "support-replies": "causal_lm", "contract-qa": "question_answering",
    "product-translation": "seq2seq", "product-images": "image_classification", "defect-detection": "object_detection",
    "call-transcription": "speech_recognition", "brand-voice": "speech_synthesis",
    "shop-personalisation": "recommendation", "content-feed": "recommendation",
}
INVENTED = ("guess", "example")
WITHOUT_BOOKS = [section for section in SECTIONS if section != "actuals"]  # a playbook has no books yet
every = pytest.mark.parametrize("playbook", [pytest.param(name, id=name) for name in sorted(SCENARIOS)])


def parts_of(node, kind):
    """Every part of a kind in a document."""
    if isinstance(node, kind):
        yield node
    if hasattr(type(node), "model_fields"):
        node = [getattr(node, name) for name in type(node).model_fields]
    elif isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list | tuple):
        for part in node:
            yield from parts_of(part, kind)


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_each_scenario_of_the_framework_has_its_playbook():
    assert {line["id"]: line["task"] for line in playbooks.listed()} == SCENARIOS
    for line in playbooks.listed():
        assert Path(line["path"]).name == line["id"] and line["title"]


@every
def test_every_figure_has_a_source_and_a_day_no_later_than_today(playbook):
    opened = playbooks.opened(playbook)
    figures = list(parts_of(opened.handbook, Figure))
    assert len(figures) >= 14
    for figure in figures:
        assert figure.source.ref and figure.date <= dt.date.today()
        assert figure.low is None or figure.low < figure.high
    assert sum(figure.source.kind not in INVENTED for figure in figures) >= 5, "too much is invented"
    for figure in parts_of(opened.venture, Assumption):
        assert figure.source.ref
        assert figure.source.kind in INVENTED or figure.date, figure


@every
def test_prices_are_those_of_the_sheet_and_of_the_catalogue(playbook):
    opened = playbooks.opened(playbook)
    sheet = {row.id: row for row in load_sheet().rows}
    assert set(opened.handbook.rival.sheet_prices) <= set(sheet)
    for figure in parts_of(opened.handbook, Figure):
        if figure.source.kind == "price" and figure.source.ref in sheet:
            row = sheet[figure.source.ref]
            assert (figure.value, figure.currency, figure.date) == (row.price, row.currency, row.checked)
    replica = opened.venture.serving.replica_cost_per_month
    row = sheet[replica.source.ref.removesuffix(" in the price sheet")]
    assert replica.value == pytest.approx(row.price * 730, abs=0.01) and replica.currency == row.currency


@every
def test_prices_of_hosted_models_are_those_of_the_catalogue_that_they_name(playbook):
    known = {model.id: model.prices for provider in providers if provider.id == "openai" for model in provider.models}
    opened = playbooks.opened(playbook)
    for figure in parts_of(opened.handbook, Figure):
        if figure.source.ref.startswith("genai-prices"):
            prices = known[figure.source.ref.split(", ")[1]]
            assert figure.value in {float(p) for p in vars(prices).values() if isinstance(p, Decimal)}
    api = opened.venture.api
    if api.input_price_per_mtok.source.ref.startswith("genai-prices"):
        prices = known[api.name]
        is_audio = "audio input" in api.input_price_per_mtok.source.ref
        into = float(prices.input_audio_mtok if is_audio else prices.input_mtok)
        assert (api.input_price_per_mtok.value, api.output_price_per_mtok.value) == (into, float(prices.output_mtok))


@every
def test_permissions_cover_both_markets_and_the_case_is_dated_with_sources(playbook):
    handbook = playbooks.opened(playbook).handbook
    rows = [*handbook.permissions.cn, *handbook.permissions.eu]
    assert handbook.permissions.cn and handbook.permissions.eu
    assert all(row.source.ref and row.source.kind not in INVENTED for row in rows)
    assert handbook.case.date < dt.date.today() and handbook.case.sources
    assert len({row.name.en for row in handbook.alternatives}) >= 4


@every
def test_the_guides_on_disk_are_those_the_handbook_writes(playbook):
    opened = playbooks.opened(playbook)
    for language, name in FILES.items():
        on_disk = (opened.folder / name).read_text(encoding="utf-8")
        assert on_disk == opened.guide(language), f"write {playbook}/{name} anew: playbooks show {playbook}"


@every
def test_both_guides_hold_every_section_and_no_sentence_of_the_other_language(playbook):
    opened = playbooks.opened(playbook)
    english, chinese = opened.guide("en"), opened.guide("zh")
    assert [line.count("#", 0, 4) for line in english.splitlines() if line.startswith("#")] == [
        line.count("#", 0, 4) for line in chinese.splitlines() if line.startswith("#")]
    for heading in ("demand", "payer", "interview", "data", "labels", "rival", "price", "errors", "figures",
                    "real_case", "permissions", "tripwires", "ninety", "replace"):
        for language, guide in (("en", english), ("zh", chinese)):
            assert texts()[heading][language] in guide, (heading, language)
    assert len(re.findall(r"(?m)^\d+\. ", chinese)) == len(re.findall(r"(?m)^\d+\. ", english)) == 12
    plain = re.sub(r"`[^`]*`|<[^>]*>", " ", chinese)
    assert not re.findall(r"(?:[A-Za-z][A-Za-z'-]* +){4,}[A-Za-z]+", plain)
    han = re.findall(r"[\u3400-\u9fff]+", re.sub(r"`[^`]*`|<[^>]*>|\[中文版\]", " ", english))
    # source texts of the translation playbook are Chinese by nature
    assert not han or playbook == "product-translation", han


@every
def test_no_text_stands_untranslated_and_chinese_uses_its_own_punctuation(playbook):
    for words in parts_of(playbooks.opened(playbook).handbook, Words):
        assert words.en != words.zh
        assert not re.search(r"[\u3400-\u9fff][,;:?!](?=[\u3400-\u9fff]|$)", words.zh), words.zh


@every
def test_the_worksheet_has_rows_in_every_section_and_both_purses_gain(playbook, moatkit):
    found = json.loads(moatkit("worksheet", "--playbook", playbook, "--json").out)
    rows = {row["key"]: row for row in found["rows"]}
    assert {row["section"] for row in found["rows"]} == set(WITHOUT_BOOKS)
    assert rows["contribution_per_request"]["value"] > 0 and rows["customer_value_per_request"]["value"] > 0
    for language in ("en", "zh"):
        printed = moatkit("worksheet", "--playbook", playbook, "--lang", language).out
        assert [s for s in WITHOUT_BOOKS if label(s, language) not in printed] == []


@every
def test_shipped_rows_or_drawn_ones_have_the_columns_of_the_handbook(playbook, tmp_path):
    opened = playbooks.opened(playbook)
    data, place = opened.handbook.data, opened.folder / opened.handbook.data.path
    if data.kind == "generator":
        counts = ["--count", "400"] if playbook in ("shop-personalisation", "content-feed") else ["--count", "48"]
        draw(place, tmp_path / "a", *counts)
        draw(place, tmp_path / "b", *counts)
        assert fingerprint(tmp_path / "a") == fingerprint(tmp_path / "b"), "the same seed draws other files"
        (place,) = (tmp_path / "a").glob("*.csv")
    rows = rows_of(place)
    assert list(rows[0]) == [column.name for column in data.columns]
    if data.kind == "rows":
        assert len({tuple(row.values()) for row in rows}) == len(rows)
        assert sum(len(rows_of(path)) for path in place.parent.glob("*.csv")) >= 100
    readme = (opened.folder / "data" / "README.md").read_text(encoding="utf-8")
    assert "Apache-2.0" in readme and ("ynthetic" in readme or "No row comes from a real customer" in readme)


def draw(script, out, *options):
    subprocess.run([sys.executable, str(script), "--out", str(out), *options], check=True, capture_output=True)


def fingerprint(folder):
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def drawn(playbook, folder, count):
    opened = playbooks.opened(playbook)
    draw(opened.folder / opened.handbook.data.path, folder, "--count", str(count))
    return rows_of(next(folder.glob("*.csv")))


def test_drawn_splits_are_fair(tmp_path):
    images = drawn("product-images", tmp_path / "images", 240)
    for split in ("train", "test"):
        assert len({row["label"] for row in images if row["split"] == split}) == 6
    winter = {s: [row["season"] == "winter" for row in images if row["split"] == s] for s in ("train", "test")}
    assert sum(winter["test"]) / len(winter["test"]) > 2 * sum(winter["train"]) / len(winter["train"])
    parts = drawn("defect-detection", tmp_path / "parts", 96)
    train, test = ({row["part"] for row in parts if row["split"] == split} for split in ("train", "test"))
    assert test and not train & test
    boxes = [box for row in parts if row["boxes"] for box in json.loads(row["boxes"])]
    assert {box["label"] for box in boxes} == {"scratch", "pit"}
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 96 and box["y"] + box["height"] <= 96 for box in boxes)
    turns = drawn("call-transcription", tmp_path / "turns", 32)
    assert {r["speaker"] for r in turns if r["split"] == "test"}.isdisjoint(
        r["speaker"] for r in turns if r["split"] == "train")
    with wave.open(str(tmp_path / "turns" / turns[0]["file"])) as sound:
        assert sound.getframerate() == 16_000 and sound.getnframes() > 8_000
    voice = drawn("brand-voice", tmp_path / "voice", 60)
    assert {row["split"] for row in voice if not row["consent"]} == {"train", "test"}


def test_popularity_is_a_strong_baseline_in_the_drawn_shop_and_taste_is_there_to_win(tmp_path):
    rows = drawn("shop-personalisation", tmp_path / "shop", 12_000)
    views = [row for row in rows if row["event"] == "view"]
    count = {item: len(list(group)) for item, group in itertools.groupby(sorted(row["item"] for row in views))}
    top = sorted(count, key=count.get, reverse=True)[:30]
    assert sum(count[item] for item in top) / len(views) > 0.3
    times = [int(row["time"]) for row in rows]
    assert times == sorted(times)


def test_contract_answers_are_copied_from_their_place_and_some_are_not_there():
    rows = rows_of(shipped("playbooks") / "contract-qa" / "data" / "questions.csv")
    for row in rows:
        if row["answer"]:
            start = int(row["start"])
            assert row["context"][start : start + len(row["answer"])] == row["answer"], row["id"]
        else:
            assert not row["start"]
    assert 0.2 < sum(not row["answer"] for row in rows) / len(rows) < 0.4


def test_translations_keep_the_glossary_and_every_number():
    data = shipped("playbooks") / "product-translation" / "data"
    rows, glossary = rows_of(data / "listings.csv"), rows_of(data / "glossary.csv")
    for row in rows:
        target = row["target"].lower().replace(",", "")
        for term in glossary:
            if term["source"] in row["source"]:
                assert any(word.strip().lower() in target for word in term["target"].split("/")), (term, row)
        source = row["source"].replace("7号", "AAA")  # a size of battery, not a number
        assert set(re.findall(r"\d+(?:\.\d+)?", source)) <= set(re.findall(r"\d+(?:\.\d+)?", target)), row


def test_replies_quote_a_rule_or_hand_off():
    data = shipped("playbooks") / "support-replies" / "data"
    rows = rows_of(data / "train.csv") + rows_of(data / "test.csv")
    for row in rows:
        assert (row["response"] == "HANDOFF") == (row["kind"] == "handoff"), row["id"]
    rules = [re.match(r"Rule (\w+):", row["prompt"]).group(1) for row in rows]
    quoted = [f"rule {rule}" in row["response"] or f"{rule} " in row["response"]
              for rule, row in zip(rules, rows, strict=True) if row["kind"] != "handoff"]
    assert sum(quoted) / len(quoted) > 0.85
    assert len({row["prompt"] for row in rows}) == len(rows)


def test_brand_voice_opens_with_consent():
    opened = playbooks.opened("brand-voice")
    assert opened.guide("en").index("consent form") < opened.guide("en").index("Market demand")
    assert opened.guide("zh").index("授权书") < opened.guide("zh").index("市场需求")
    assert "撤回" in (opened.folder / "data" / "consent.md").read_text(encoding="utf-8")


# --- the handbook refuses what it should


@pytest.fixture
def raw():
    text = (shipped("playbooks") / "support-routing" / "handbook.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def refused(raw, tmp_path):
    path = tmp_path / "handbook.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    with pytest.raises(VentureError) as caught:
        load_handbook(path, playbooks.load("support-routing"))
    return str(caught.value)


@pytest.mark.parametrize(("change", "words"), [
    (lambda h: h["interview"].pop(), "interview"),
    (lambda h: h["number"].update(zh="only English"), "no Chinese character"),
    (lambda h: h["figures"][0]["cn"].pop("date"), "figures.0.cn.date is missing"),
    (lambda h: h["figures"][0]["cn"]["source"].pop("ref"), "source.ref is empty"),
    (lambda h: h["errors"][0].update(name="typo"), "the venture prices misroute, missed_escalation, other"),
    (lambda h: h["tripwires"][0].update(name="none"), "tripwires has 'none': the venture watches"),
    (lambda h: h["replace_first"][0].update(field="pricing.metric"), "'pricing.metric': it is no figure"),
    (lambda h: h["first_90_days"][1].update(days=[20, 45]), "from 1 to 90 without a gap"),
    (lambda h: h["case"].update(sources=["a friend"]), "give an address that a reader can open"),
    (lambda h: h["data"]["labels"][0]["clear"].pop(), "data.labels.0.clear"),
    (lambda h: h.update(trapp=1), "trapp is not a field; did you mean trap"),
])
def test_what_a_handbook_refuses(raw, tmp_path, change, words):
    change(raw)
    assert words in refused(raw, tmp_path)


def test_a_missing_handbook_is_named(tmp_path):
    with pytest.raises(VentureError, match=r"none.yaml cannot be read"):
        load_handbook(tmp_path / "none.yaml", playbooks.load())


def test_the_contents_are_exactly_those_of_the_model(raw):
    assert set(raw) <= {field.alias or name for name, field in Handbook.model_fields.items()}


# --- verbs


def test_list_and_show(moatkit):
    lines = json.loads(moatkit("playbooks", "list", "--json").out)
    assert [line["id"] for line in lines] == sorted(SCENARIOS) and set(lines[0]) == {"id", "title", "task", "path"}
    assert "The number that decides" in moatkit("playbooks", "show", "brand-voice").out
    assert "决定成败的数字" in moatkit("playbooks", "show", "brand-voice", "--lang", "zh").out
    wrong = moatkit("playbooks", "show", "brand-voise")
    assert wrong.code == 2 and "did you mean brand-voice" in wrong.err


@every
def test_init_copies_a_playbook_into_a_project(playbook, moatkit, tmp_path):
    made = moatkit("init", "mine", "--playbook", playbook)
    assert made.code == 0, made.err
    folder, handbook = tmp_path / "mine", playbooks.opened(playbook).handbook
    for name in ("README.md", "README.zh-CN.md", "venture.yaml", "interviews.csv", "prompt.txt", handbook.data.path):
        assert (folder / name).is_file(), name
    assert rows_of(folder / "interviews.csv") == []
    header = (folder / "interviews.csv").read_text(encoding="utf-8-sig").strip()
    assert header.split(",") == list(INTERVIEW_COLUMNS)
    assert "venture.yaml" in made.out and handbook.replace_first[0].field in made.out
    assert (folder / "config.yaml").is_file() == (handbook.config is not None)
    assert json.loads(moatkit("worksheet", "--venture", "mine/venture.yaml", "--json").out)["venture"] == playbook


def test_the_config_of_a_copied_playbook_names_the_copied_rows(moatkit, tmp_path):
    assert moatkit("init", "mine", "--playbook", "support-routing", "--model", "some/model").code == 0
    config = yaml.safe_load((tmp_path / "mine" / "config.yaml").read_text(encoding="utf-8"))
    assert config["model"] == "some/model" and config["run"]["dir"] == "runs/mine"
    assert (tmp_path / config["data"]["train"]).is_file() and (tmp_path / config["data"]["test"]).is_file()


def test_copied_rows_are_still_demo_rows_until_they_are_changed(moatkit, tmp_path):
    assert moatkit("init", "mine", "--playbook", "support-routing").code == 0
    rows = tmp_path / "mine" / "data" / "train.csv"
    assert playbooks.holds_demo_rows(rows) and playbooks.holds_demo_rows(playbooks.path_of("support-routing"))
    with rows.open("a", encoding="utf-8") as file:
        file.write("x1,Where is my own parcel?,delivery_status\n")
    assert not playbooks.holds_demo_rows(rows) and not playbooks.holds_demo_rows(tmp_path / "none.csv")


@pytest.mark.parametrize(("arguments", "words"), [
    (["init", "mine"], "needs one of --data FILE and --playbook ID"),
    (["init", "mine", "--data", "a.csv", "--playbook", "brand-voice"], "needs one of --data FILE and --playbook ID"),
    (["init", "mine", "--playbook", "brandvoice"], "did you mean brand-voice"),
    (["init", "mine", "--playbook", "brand-voice", "--label", "x"], "leave --label out"),
    (["init", "mine", "--playbook", "brand-voice", "--model", "x/y"], "has no config to put it in"),
    (["init", ".", "--playbook", "brand-voice"], "exists already and is not empty"),
])
def test_what_init_refuses(moatkit, tmp_path, arguments, words):
    (tmp_path / "full.txt").write_text("x", encoding="utf-8")
    done = moatkit(*arguments)
    assert done.code == 2 and words in done.err and not (tmp_path / "mine").exists()


def test_init_as_a_process_of_its_own(tmp_path):
    done = run_process("init", "客服", "--playbook", "support-replies", cwd=tmp_path)
    assert done.code == 0 and "Traceback" not in done.err
    assert (tmp_path / "客服" / "venture.yaml").is_file()


def test_every_fixed_text_of_the_guides_stands_in_both_languages():
    for key, found in texts().items():
        if key == "units":
            assert all(re.search(r"[\u3400-\u9fff]", text) for text in found.values())
        else:  # an unquoted comma in a flow mapping would cut the text and leave a third key
            assert set(found) == {"en", "zh"} and all(found.values()), key


def test_a_tripwire_with_a_baseline_is_said_as_a_change():
    opened = playbooks.opened("support-routing")
    assert "`prices.aws-l4` 30 % above 0.805 USD" in opened.guide("en")
    assert "`prices.aws-l4` 比 0.805 USD 高 30%" in opened.guide("zh")


# --- the founders' guide


@pytest.mark.parametrize("name", ["GUIDE.md", "GUIDE.zh-CN.md"])
def test_the_founders_guide_names_only_what_the_worksheets_hold(name):
    text = (shipped("playbooks") / name).read_text(encoding="utf-8")
    found = json.loads(run_process("worksheet", "--playbook", "support-routing", "--json", cwd=ROOT).out)
    known = {row["key"] for row in found["rows"]} | {row["section"] for row in found["rows"]}
    known |= {table["key"] for table in found["tables"]}
    fields = {"owner", "treatment", "treatment_cost", "code", "代码", "venture.yaml", "capital.collection_days"}
    named = {word for word in re.findall(r"`([^`]+)`", text) if not word.startswith("moatkit")}
    late = {"capital_per_gate", "gates_passed", "unlike_share", "decay_per_month", "lead_over_rival",
            "lead_half_life_months"}  # rows that wait for a first sample; their labels exist
    assert late <= set(catalogue())
    assert named - known - fields - late == set()
    assert set(SCENARIOS) <= set(re.findall(r"\[([a-z-]+)\]\(", text))
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert (shipped("playbooks") / target).is_file(), target
