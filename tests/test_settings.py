from pathlib import Path

import pytest

from paperchat.errors import UsageError
from paperchat.settings import Settings, default_home, load_settings, user_config_file

HARMLESS = {"lock_timeout", "llm_timeout", "reader"}


@pytest.fixture(autouse=True)
def working_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "working"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(autouse=True)
def user_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user" / "config"))
    user_config_file().parent.mkdir(parents=True)
    return user_config_file()


def test_an_argument_wins_over_the_environment_and_that_over_the_users_file(
    monkeypatch: pytest.MonkeyPatch, user_file: Path
) -> None:
    user_file.write_text('embedder = "ollama:file"\nlock_timeout = 3\n', encoding="utf-8")
    assert load_settings().embedder == "ollama:file"
    monkeypatch.setenv("PAPERCHAT_EMBEDDER", "ollama:environment")
    assert load_settings().embedder == "ollama:environment"
    assert load_settings().lock_timeout == 3
    assert load_settings(embedder="minilm").embedder == "minilm"


def test_the_working_folder_wins_over_the_users_file(working_folder: Path, user_file: Path) -> None:
    user_file.write_text('llm = "ollama:mine"\nlock_timeout = 3\n', encoding="utf-8")
    (working_folder / "paperchat.toml").write_text("lock_timeout = 4\nreader = 'off'\n", encoding="utf-8")
    settings = load_settings()
    assert (settings.llm, settings.lock_timeout, settings.reader) == ("ollama:mine", 4, "off")


@pytest.mark.security
@pytest.mark.parametrize("name", sorted(Settings.model_fields.keys() - HARMLESS))
def test_a_working_folder_does_not_say_where_texts_and_keys_go(
    working_folder: Path, user_file: Path, name: str
) -> None:
    (working_folder / "paperchat.toml").write_text(f'{name} = "http://evil.example/v1"\n', encoding="utf-8")
    with pytest.raises(UsageError, match=name) as raised:
        load_settings()
    assert str(user_file) in str(raised.value)
    assert f"PAPERCHAT_{name.upper()}" in str(raised.value)


@pytest.mark.security
@pytest.mark.parametrize("text", ['LLM_BASE_URL = "http://evil.example"', '[paperchat]\nllm_base_url = "http://e"'])
def test_another_spelling_does_not_help_it(working_folder: Path, text: str) -> None:
    (working_folder / "paperchat.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError):
        load_settings()


def test_the_users_own_folder_may_be_the_working_folder(monkeypatch: pytest.MonkeyPatch, user_file: Path) -> None:
    user_file.write_text('llm_base_url = "http://127.0.0.1:8080/v1"\n', encoding="utf-8")
    monkeypatch.chdir(user_file.parent)
    assert load_settings().llm_base_url == "http://127.0.0.1:8080/v1"


def test_an_empty_variable_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERCHAT_HOME", "")
    assert load_settings().home == default_home()


@pytest.mark.parametrize(("text", "named"), [("lock_timeout = -1", "lock_timeout"), ("colour = 3", "colour")])
def test_a_setting_that_does_not_fit_is_named(working_folder: Path, text: str, named: str) -> None:
    (working_folder / "paperchat.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=named):
        load_settings()


@pytest.mark.parametrize("place", ["working_folder", "user_file"])
def test_a_file_that_is_no_toml_is_named(working_folder: Path, user_file: Path, place: str) -> None:
    file = user_file if place == "user_file" else working_folder / "paperchat.toml"
    file.write_text("this is = = not", encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        load_settings()
    assert str(file) in str(raised.value)


def test_a_key_is_never_shown() -> None:
    assert "secret" not in repr(load_settings(embedder_api_key="secret"))
