"""What licences allow, by name and by text, and that the stricter of model and data counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.licence import combined, licence_block, model_licence, verdict


@pytest.mark.parametrize("name", [
    "apache-2.0", "Apache License 2.0", "mit", "bsd-3-clause", "cc0-1.0", "CC BY 4.0", "cc-by-sa-4.0", "odc-by", "own",
    "GPL-3.0-or-later", "agpl-3.0", "llama2", "llama3.3", "Llama 3.1 Community License", "gemma", "openrail",
    "creativeml-openrail-m", "bigscience-bloom-rail-1.0", "MIT OR CC-BY-NC-4.0",
])  # fmt: skip
def test_licences_that_allow_commercial_use(name):
    assert verdict(name).use == "yes", verdict(name)


@pytest.mark.parametrize("name", [
    "cc-by-nc-4.0", "CC BY-NC-SA 4.0", "cc_by_nc_nd_3.0", "research-only", "mistral-ai-research", "qwen-research",
    "apple-amlr", "fair-noncommercial-research-license", "Non-Commercial", "MIT AND CC-BY-NC-4.0", "mit, cc-by-nc-2.0",
])  # fmt: skip
def test_licences_that_forbid_it(name):
    assert verdict(name).use == "no", verdict(name)


@pytest.mark.parametrize("name", [None, "", " ", "other", "unknown", "proprietary", "cc", "minpaku", "cc-by-nd-4.0"])
def test_what_is_not_known_to_allow_it_is_unclear(name):
    assert verdict(name).use == "unclear"


def test_terms_and_share_alike_are_told_with_a_yes():
    assert "700 million" in verdict("llama3.1").reason
    assert "keeps this licence" in verdict("cc-by-sa-4.0").reason and "keeps this licence" in verdict("gpl-3.0").reason
    assert "network" in verdict("agpl-3.0").reason


def test_the_stricter_of_model_and_data_counts_with_its_reason():
    found = combined({"the model": "mit", "the data": "cc-by-nc-4.0"})
    assert (found.use, found.reason) == ("no", "the data: cc-by-nc-4.0 is for non-commercial use")
    assert combined({"the model": None, "the data": "mit"}).use == "unclear"
    assert combined({"the model": "research-only", "the data": None}).use == "no"
    both = combined({"the model": "mit", "the data": "own"})
    assert both.use == "yes" and both.reason == "the model: mit allows it; the data: own allows it"


@pytest.mark.parametrize(("header", "expected"), [
    ("license: apache-2.0", "apache-2.0"), ("language: en\nlicense: 'mit'", "mit"),
    ("license: other\nlicense_name: llama3.2", "llama3.2"), ("license: [mit, cc-by-nc-4.0]", "mit AND cc-by-nc-4.0"),
    ("license: other", "other"), ("tags: [a]", None), ("license: [broken", None),
])  # fmt: skip
def test_the_header_of_the_model_card_names_it(tmp_path, header, expected):
    (tmp_path / "README.md").write_text(f"---\n{header}\n---\n# Model\nlicense: gpl-3.0 --- in the text\n")
    assert model_licence(tmp_path) == expected


@pytest.mark.parametrize(("name", "text", "expected"), [
    ("LICENSE", "MIT License\n\nPermission is hereby granted, free of\ncharge, to any person", "mit"),
    ("LICENSE.txt", "          Apache License\n    Version 2.0, January 2004", "apache-2.0"),
    ("LICENSE", "Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International", "cc-by-nc-4.0"),
    ("LICENSE", "LLAMA 3.1 COMMUNITY LICENSE AGREEMENT", "llama"), ("COPYING", "GNU GENERAL PUBLIC LICENSE", "gpl-3.0"),
    ("LICENSE", "Qwen RESEARCH LICENSE AGREEMENT", "research-only"), ("LICENSE", "Ask us.", "see LICENSE"),
])  # fmt: skip
def test_without_a_header_its_licence_file_is_recognised(tmp_path, name, text, expected):
    assert model_licence(tmp_path) is None
    (tmp_path / name).write_text(text)
    assert model_licence(tmp_path) == expected


def test_the_block_of_a_summary(tmp_path: Path):
    (tmp_path / "README.md").write_text("---\nlicense: gemma\n---\n")
    block = licence_block(tmp_path, "CC-BY-NC-4.0")
    assert (block["model"], block["data"], block["commercial_use"]) == ("gemma", "CC-BY-NC-4.0", "no")
    assert "CC-BY-NC-4.0 is for non-commercial use" in block["reason"]
