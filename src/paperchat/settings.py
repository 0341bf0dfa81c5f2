"""Settings: environment variables over ``paperchat.toml`` over defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from paperchat.errors import UsageError

CONFIG_FILE = "paperchat.toml"


def default_home() -> Path:
    """The platform's folder for the user's data."""
    return Path(platformdirs.user_data_dir("paperchat", appauthor=False))


class Settings(BaseSettings):
    """What can be set, each as ``PAPERCHAT_<NAME>`` or in ``paperchat.toml`` of the working folder."""

    model_config = SettingsConfigDict(
        env_prefix="PAPERCHAT_", env_ignore_empty=True, toml_file=CONFIG_FILE, extra="forbid", frozen=True
    )

    home: Path = Field(default_factory=default_home, description="folder of the library")
    embedder: str = Field("minilm", description="minilm, or provider:name")
    embedder_base_url: str = Field("", description="address of the embedder's server, where it has one")
    embedder_api_key: SecretStr = Field(SecretStr(""), description="key for the embedder's server")
    llm: str = Field("", description="language model as provider:name; empty, or extractive, for none")
    llm_base_url: str = Field("", description="address of the language model's server, where it has one")
    llm_api_key: SecretStr = Field(SecretStr(""), description="key for the language model's server")
    llm_timeout: float = Field(60.0, gt=0, description="seconds that a whole reply of the language model may take")
    reader: Literal["on", "off"] = Field("on", description="whether the embedded reader judges passages, or off")
    reranker: str = Field("", description="reranker as provider:name; empty for none")
    reranker_base_url: str = Field("", description="address of the reranker's server, where it is not the provider's")
    reranker_api_key: SecretStr = Field(SecretStr(""), description="key for the reranker's server")
    chroma_url: str = Field("", description="address of a Chroma server; empty for the embedded one")
    database_url: str = Field("", description="SQLAlchemy URL of the catalogue; empty for SQLite in the home folder")
    private_addresses: bool = Field(False, description="whether papers may be fetched from the local network")
    lock_timeout: float = Field(30.0, ge=0, description="seconds to wait for another process that is writing")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Overrides, then the environment, then the TOML file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**overrides: Any) -> Settings:
    """Settings in force; ``overrides`` that are not ``None`` win.

    Raises:
        UsageError: a value that does not fit, or a ``paperchat.toml`` that cannot be read.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise UsageError(
            f"setting {name!r}: {first['msg']}; check PAPERCHAT_{name.upper()} and {CONFIG_FILE}"
        ) from error
    except ValueError as error:
        raise UsageError(f"{Path(CONFIG_FILE).resolve()} is not valid TOML ({error}); mend or remove it") from error
