from pathlib import Path

import pytest

from paperchat.errors import UsageError
from paperchat.settings import default_home, load_settings


@pytest.fixture(autouse=True)
def in_an_empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_an_argument_wins_over_the_environment_and_that_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "paperchat.toml").write_text('embedder = "ollama:file"\nlock_timeout = 3\n', encoding="utf-8")
    assert load_settings().embedder == "ollama:file"
    monkeypatch.setenv("PAPERCHAT_EMBEDDER", "ollama:environment")
    assert load_settings().embedder == "ollama:environment"
    assert load_settings().lock_timeout == 3
    assert load_settings(embedder="minilm").embedder == "minilm"


def test_an_empty_variable_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERCHAT_HOME", "")
    assert load_settings().home == default_home()


@pytest.mark.parametrize(("text", "named"), [("lock_timeout = -1", "lock_timeout"), ("colour = 3", "colour")])
def test_a_setting_that_does_not_fit_is_named(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "paperchat.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=named):
        load_settings()


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "paperchat.toml").write_text("this is = = not", encoding="utf-8")
    with pytest.raises(UsageError, match=r"paperchat\.toml"):
        load_settings()


def test_a_key_is_never_shown() -> None:
    assert "secret" not in repr(load_settings(embedder_api_key="secret"))
