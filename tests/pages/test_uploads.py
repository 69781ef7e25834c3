"""A file over the limit of uploads is refused with the limit and with how to raise it, and nothing is kept of it."""

import pytest

pytest.importorskip("streamlit")
from streamlit import config

from dashboards import intake
from kit.errors import DataError
from pages.conftest import write_folder
from pages.test_pages import texts


@pytest.fixture
def one_megabyte():
    before = config.get_option("server.maxUploadSize")
    config.set_option("server.maxUploadSize", 1)
    yield
    config.set_option("server.maxUploadSize", before)


def test_a_file_over_the_limit_is_refused_and_one_at_the_limit_is_kept(tmp_path, monkeypatch, one_megabyte):
    monkeypatch.setenv("MOATKIT_RUNS", str(tmp_path / "runs"))
    with pytest.raises(DataError, match="uploads end at 1 MB") as refused:
        intake.keep("rows.csv", b"a" * (2**20 + 1))
    assert "STREAMLIT_SERVER_MAX_UPLOAD_SIZE" in str(refused.value) and "moatkit init" in str(refused.value)
    assert not (tmp_path / "uploads").exists()
    assert intake.keep("rows.csv", b"a" * 2**20).stat().st_size == 2**20


def test_the_limit_and_how_to_raise_it_stand_beside_the_upload(opened, tmp_path):
    app = opened("labelling", write_folder("empty", tmp_path / "runs"))
    limit = config.get_option("server.maxUploadSize")
    assert not app.exception and f"Above {limit} MB" in texts(app)
    assert "STREAMLIT_SERVER_MAX_UPLOAD_SIZE" in texts(app)
