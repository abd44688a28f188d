"""Settings of one bot, from arguments, the environment and `.env`; built once, in `__main__` or by a test."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import yarl
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.errors import InvalidSetting

MIB = 1024 * 1024


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not text.strip():
        raise ValueError("is empty")
    if text != text.strip() or any(each.isspace() for each in text):
        raise ValueError("has spaces or line breaks in it")
    if not text.isascii():
        raise ValueError("has characters that no token or key has")
    return value


def _database_url(value: str) -> str:
    if not value.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
        raise ValueError("must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://")
    file, _, options = value.partition("?")
    if file.removeprefix("sqlite+aiosqlite:///") in ("", ":memory:") or "mode=memory" in options:
        raise ValueError("names no file, such as sqlite+aiosqlite:///data/identity-bot.db")
    return value


def _address(*schemes: str) -> AfterValidator:
    def check(value: str) -> str:
        try:
            url = yarl.URL(value)
            good = url.scheme in schemes and bool(url.host) and url.port is not None
        except ValueError:
            good = False
        if not good:
            raise ValueError(f"is not an address that begins with {schemes[0]}:// or {schemes[1]}://")
        return value

    return AfterValidator(check)


def _shaped(pattern: str, example: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"must look like {example}")
        return value

    return AfterValidator(check)


def _in_capitals(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


Secret = Annotated[SecretStr, AfterValidator(_secret)]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
HttpUrl = Annotated[str, _address("https", "http")]
GatewayUrl = Annotated[str, _address("wss", "ws")]
Capitals = BeforeValidator(_in_capitals)


class Settings(BaseSettings):
    """Every setting; in the environment each has its name in capitals. `.env.example` explains them.

    Raises pydantic's ValidationError for a value that is missing or malformed; `load_settings` says it in a line.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        env_parse_none_str="none",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    discord_token: Secret
    discord_api_url: HttpUrl | None = None
    discord_gateway_url: GatewayUrl | None = None
    discord_message_content: bool = True

    gemini_api_key: Secret
    gemini_model: Annotated[str, _shaped(r"[\w.\-]+", "gemini-nano-banana-2.1")] = "gemini-nano-banana-2.1"
    gemini_base_url: HttpUrl | None = None
    gemini_api_version: Annotated[str, _shaped(r"v\d\w*", "v1beta")] = "v1beta"
    gemini_concurrency: Annotated[int, Field(ge=1, le=1000)] = 8
    gemini_max_request_bytes: Annotated[int, Field(ge=1 * MIB)] = 20 * MIB
    gemini_timeout_seconds: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = 300

    user_pictures_a_day: Annotated[int, Field(ge=0)] | None = 25
    server_pictures_a_day: Annotated[int, Field(ge=0)] | None = None
    most_waiting: Annotated[int, Field(ge=1)] = 25
    usd_a_day: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None

    chat_idle_days: Annotated[int, Field(ge=2, le=36500)] | None = None
    keep_lost_chats: bool = False

    stop_seconds: Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)] = 8
    retry_pause_seconds: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)] = 1

    database_url: Annotated[DatabaseUrl, Field(repr=False)] = "sqlite+aiosqlite:///data/identity-bot.db"

    image_aspect_ratio: Annotated[str, _shaped(r"[1-9]\d?:[1-9]\d?", "16:9")] = "16:9"
    image_size: Annotated[str, Capitals, _shaped(r"512|[1-9]\d?K", "1K, 2K or 4K")] = "4K"

    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], Capitals] = "INFO"
    log_format: Literal["console", "json"] = "console"


class FixedSettings(Settings):
    """Settings from arguments alone: neither the environment nor `.env` is read."""

    @classmethod
    def settings_customise_sources(  # type: ignore[override]  # only one of the sources matters here
        cls, _settings: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Called by pydantic-settings."""
        return (init_settings,)


def load_settings() -> Settings:
    """The settings of the environment and `.env`; raises InvalidSetting, one line naming every fault."""
    try:
        return Settings()  # type: ignore[call-arg]  # the values come from the environment
    except ValidationError as error:
        raise InvalidSetting("; ".join(_fault(each["loc"], each) for each in error.errors())) from None
    except (OSError, UnicodeDecodeError):
        raise InvalidSetting(".env cannot be read: it must be a text file in UTF-8 that I may open") from None


def _fault(location: tuple[int | str, ...], error: object) -> str:
    name = str(location[0]).upper() if location else "settings"
    kind = error["type"]  # type: ignore[index]
    message = str(error["msg"]).removeprefix("Value error, ")  # type: ignore[index]
    if kind == "missing":
        return f"{name} is missing (set it in .env or the environment)"
    if kind == "value_error":
        return f"{name} {message}"
    return f"{name} is malformed: {message[0].lower()}{message[1:]}"
