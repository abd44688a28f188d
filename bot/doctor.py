"""`identity-bot doctor` and `identity-bot invite`: what is set up, what is not, and how to mend it."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import discord

from bot.app import default_image, point_discord_elsewhere
from bot.errors import BotError, InvalidSetting
from bot.gemini.catalog import check_offered
from bot.gemini.image_service import GeminiImageService
from bot.gemini_errors import GeminiDown, GeminiError, GeminiTimeout, GeminiUnreachable, OperatorNeeded
from bot.logs import configure_logging
from bot.settings import Settings, load_settings
from bot.texts import for_terminal
from storage.database import Database

NEEDED_PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    create_private_threads=True,
    attach_files=True,
    read_message_history=True,
)
"""The least that lets the bot do all it offers."""

GEMINI_SECONDS = 30
"""How long Gemini may take to say that it knows the model."""


class Trouble(Exception):
    """A check that failed, and what mends it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend


async def examine() -> int:
    """Prints a line for each check; answers 0 when all is well, 1 otherwise. Raises InvalidSetting."""
    settings = load_settings()
    configure_logging("ERROR", settings.log_format)
    _say("ok", "settings", "all there")
    checks: list[tuple[str, Callable[[Settings], Awaitable[str]]]] = [
        ("database", _check_database),
        ("gemini", _check_gemini),
        ("discord", _check_discord),
    ]
    return max([await _run(name, check, settings) for name, check in checks])


async def print_invitation(settings: Settings) -> int:
    """Prints the link that brings the bot to a server; answers 1 when Discord does not say whose it is.

    Raises InvalidSetting for a token that is not accepted.
    """
    configure_logging("ERROR", settings.log_format)
    try:
        async with _logged_in(settings) as client:
            information = await client.application_info()
    except Trouble as trouble:
        if isinstance(trouble.__cause__, discord.LoginFailure):
            raise InvalidSetting(f"{trouble.what}: {trouble.mend}") from None
        print(f"identity-bot: {trouble.what}: {trouble.mend}", file=sys.stderr)  # noqa: T201
        return 1
    print(_invitation(information.id))  # noqa: T201
    return 0


async def _run(name: str, check: Callable[[Settings], Awaitable[str]], settings: Settings) -> int:
    try:
        _say("ok", name, await check(settings))
    except Trouble as trouble:
        _say("FAILED", name, f"{trouble.what}\n{'':<17} To mend it: {trouble.mend}")
        return 1
    return 0


async def _check_database(settings: Settings) -> str:
    try:
        database = Database(settings.database_url)
    except InvalidSetting as error:
        raise Trouble(error.user_message, "see DATABASE_URL in .env.example") from error
    try:
        await database.migrate()
    except BotError as error:
        raise Trouble(
            f"{_without_password(settings.database_url)} cannot be opened ({type(error.__cause__).__name__})",
            "check DATABASE_URL, that its folder can be written to, and that the disk has room",
        ) from error
    finally:
        await database.close()
    return "opens, schema up to date"


async def _check_gemini(settings: Settings) -> str:
    gemini = GeminiImageService(
        api_key=settings.gemini_api_key.get_secret_value(),
        base_url=settings.gemini_base_url,
        api_version=settings.gemini_api_version,
        timeout_seconds=min(GEMINI_SECONDS, settings.gemini_timeout_seconds),
    )
    try:
        check_offered(default_image(settings))
        await gemini.check_model(settings.gemini_model)
    except (GeminiUnreachable, GeminiTimeout, GeminiDown) as error:
        raise Trouble(
            "Gemini does not answer as it should", "check this machine's network and GEMINI_BASE_URL, then try again"
        ) from error
    except GeminiError as error:
        raise Trouble(
            error.fault if isinstance(error, OperatorNeeded) else error.user_message,
            "check GEMINI_API_KEY and GEMINI_MODEL, and the key's billing in Google AI Studio",
        ) from error
    except BotError as error:
        raise Trouble(
            for_terminal(error.user_message), "check IMAGE_ASPECT_RATIO, IMAGE_SIZE and GEMINI_MODEL"
        ) from error
    finally:
        await gemini.close()
    return f"key accepted, {settings.gemini_model} known"


async def _check_discord(settings: Settings) -> str:
    async with _logged_in(settings) as client:
        information = await client.application_info()
        flags = information.flags
        granted = flags.gateway_message_content or flags.gateway_message_content_limited
        if settings.discord_message_content and not granted:
            raise Trouble(
                "the message-content intent is not switched on, so messages in threads cannot be read",
                "switch it on on the application's Bot page, or set DISCORD_MESSAGE_CONTENT=false",
            )
        lacking = [line async for line in _lacking(client, information.id)]
        if lacking:
            raise Trouble("; ".join(lacking), f"let a moderator of it invite me: {_invitation(information.id)}")
        return f"token accepted as {client.user}, intents and permissions as needed"


async def _lacking(client: discord.Client, application_id: int) -> AsyncIterator[str]:
    """A sentence for each server that does not grant everything needed."""
    servers = 0
    async for partial in client.fetch_guilds(limit=None):
        servers += 1
        guild = await client.fetch_guild(partial.id)
        member = await guild.fetch_member(client.user.id if client.user else application_id)
        missing = [
            name for name, needed in NEEDED_PERMISSIONS if needed and not getattr(member.guild_permissions, name)
        ]
        if missing:
            yield f"{guild.name} does not grant {', '.join(missing)}"
    if not servers:
        yield "I am on no server yet"


@asynccontextmanager
async def _logged_in(settings: Settings) -> AsyncIterator[discord.Client]:
    """A client for requests only, without a gateway connection. Raises Trouble."""
    point_discord_elsewhere(settings)
    client = discord.Client(intents=discord.Intents.none())
    try:
        await client.login(settings.discord_token.get_secret_value())
        yield client
    except discord.LoginFailure as error:
        raise Trouble("the token is not accepted", "copy DISCORD_TOKEN anew from the application's Bot page") from error
    except (TimeoutError, discord.HTTPException, aiohttp.ClientError, OSError) as error:
        raise Trouble(
            f"Discord does not answer as it should ({type(error).__name__})",
            "check this machine's network and DISCORD_API_URL, then try again",
        ) from error
    finally:
        await client.close()


def _without_password(url: str) -> str:
    return re.sub(r"(://[^:/@]*):[^/]*@", r"\1:***@", url.partition("?")[0])


def _invitation(application_id: int) -> str:
    return discord.utils.oauth_url(
        application_id, permissions=NEEDED_PERMISSIONS, scopes=("bot", "applications.commands")
    )


def _say(verdict: str, name: str, what: str) -> None:
    print(f"{verdict:<7} {name:<9} {what}", flush=True)  # noqa: T201
