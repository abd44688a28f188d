"""The bot itself: what it is made of, and how it starts and stops."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module

import discord
import discord.gateway
import discord.http
import structlog
import yarl
from discord import app_commands
from discord.ext import commands, tasks

from bot.announcing import DiscordAnnouncer
from bot.command_permissions import CommandPermissions
from bot.domain import ImageSettings
from bot.error_replies import CommandTree
from bot.errors import BotError, InvalidSetting, UnsupportedByModel
from bot.gemini.catalog import check_offered
from bot.gemini.image_service import GeminiImageService
from bot.posting import DiscordPoster
from bot.repeating import undeterred
from bot.servers import Ceilings
from bot.services.acts import Acts
from bot.services.admission import Admission
from bot.services.appearance import Appearances
from bot.services.clearing import Clearing
from bot.services.generation import PictureGeneration
from bot.services.identities import Identities
from bot.services.idle_chats import IdleChats
from bot.services.image_chat import ImageChats
from bot.services.image_choice import ImageChoice
from bot.services.limits import Limits
from bot.services.moderation import Moderation
from bot.services.patience import Patience
from bot.services.photos import PhotoShelf
from bot.services.privacy import Privacy
from bot.services.prompt_manager import PromptManager
from bot.services.server_choices import ServerChoices
from bot.services.stopping import Stopping
from bot.services.timeline import Timeline
from bot.services.turns import TurnQueue
from bot.services.versions import Versions
from bot.services.waiting_prompts import WaitingPrompts
from bot.settings import Settings
from bot.texts import for_terminal
from storage.database import Database

log = structlog.get_logger(__name__)

EXTENSIONS = (
    "cogs.identity",
    "cogs.thread_edits",
    "cogs.departures",
    "cogs.empty_threads",
    "cogs.identities",
    "cogs.photos",
    "cogs.appearance",
    "cogs.identity_admin",
    "cogs.privacy",
    "cogs.server_settings",
    "cogs.buttons",
    "cogs.context_menus",
    "cogs.help",
    "cogs.timeline",
)


@dataclass(frozen=True)
class Services:
    """What the cogs call."""

    chats: ImageChats
    versions: Versions
    timeline: Timeline
    identities: Identities
    photos: PhotoShelf
    appearances: Appearances
    privacy: Privacy
    waiting_prompts: WaitingPrompts
    admission: Admission
    moderation: Moderation
    choices: ServerChoices
    image_choice: ImageChoice


class IdentityBot(commands.Bot):
    """A Discord client with the services behind it. Opens nothing before it logs in; `close` closes everything."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=_intents(message_content=settings.discord_message_content),
            tree_cls=CommandTree,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )
        self.settings = settings
        self._database = Database(settings.database_url)
        self._gemini = GeminiImageService(
            api_key=settings.gemini_api_key.get_secret_value(),
            base_url=settings.gemini_base_url,
            api_version=settings.gemini_api_version,
            timeout_seconds=settings.gemini_timeout_seconds,
        )
        self.command_permissions = CommandPermissions(self)
        prompts = PromptManager()
        stopping = Stopping()
        self.patience = Patience(settings.retry_pause_seconds, stopping)
        generation = PictureGeneration(
            self._database,
            self._gemini,
            prompts,
            self.patience,
            stopping,
            max_request_bytes=settings.gemini_max_request_bytes,
        )
        announcer = DiscordAnnouncer(self)
        self._acts = Acts(self._database, announcer, self.patience, stopping)
        self._clearing = Clearing(self._database, announcer, self.patience, stopping)
        self._idle_chats = IdleChats(self._database, announcer, self.patience, settings.chat_idle_days)
        limits, images = Limits(ceilings(settings)), ImageChoice(self._database, default_image(settings))
        self._queue = TurnQueue(
            self._database,
            generation,
            DiscordPoster(self),
            self.patience,
            stopping,
            self._clearing,
            concurrency=settings.gemini_concurrency,
            stop_seconds=settings.stop_seconds,
        )
        self.services = Services(
            chats=ImageChats(self._database, self._queue, prompts, images, limits, self._acts),
            versions=Versions(self._database, self._queue, prompts, limits, self._acts),
            timeline=Timeline(self._database, self._acts),
            identities=Identities(self._database),
            photos=PhotoShelf(self._database),
            appearances=Appearances(self._database),
            privacy=Privacy(self._database, self._queue, self._clearing, limits),
            waiting_prompts=WaitingPrompts(
                self._database, self._queue, limits, keep_lost_chats=settings.keep_lost_chats
            ),
            admission=Admission(self._database),
            moderation=Moderation(self._database, self._queue, limits, self._acts, self._clearing),
            choices=ServerChoices(self._database, default_image(settings), self._acts),
            image_choice=images,
        )

    async def login(self, token: str) -> None:
        """Logs in, at another address than Discord's own where the settings say so."""
        point_discord_elsewhere(self.settings)
        await super().login(token)

    async def setup_hook(self) -> None:
        """Brings the database up to date and tells Discord of the commands."""
        await self._database.migrate()
        for extension in EXTENSIONS:
            await import_module(extension).setup(self)
        self._offer_to_users()
        self.command_permissions.know(await self.tree.sync())
        self.go_on.start()
        self.sweep.start()

    def _offer_to_users(self) -> None:
        """Offers the commands also where the bot is no member, to users who have added it to their account.

        Only if its page in the developer portal says that users may.
        """
        if self.application is not None and self.application.user_integration_config is not None:
            self.tree.allowed_installs.user = True
            self.tree.allowed_contexts.private_channel = True

    async def on_ready(self) -> None:
        self.command_permissions.forget()  # what has changed meanwhile was told to nobody
        log.info("ready", servers=len(self.guilds))

    async def on_raw_app_command_permissions_update(self, event: discord.RawAppCommandPermissionsUpdateEvent) -> None:
        self.command_permissions.forget(event.guild.id)

    @tasks.loop(minutes=1)
    @undeterred
    async def go_on(self) -> None:
        """Goes on with what was left half done, by an earlier process or while the database was away."""
        self._acts.announce()
        self._clearing.wake()
        await self._queue.resume()
        await self._database.mend_log()

    @tasks.loop(hours=1)
    @undeterred
    async def sweep(self) -> None:
        """Removes chats that nobody uses, where the settings say so, and blocks that are over."""
        await self._idle_chats.sweep()
        await self.services.moderation.forget_past_blocks()

    @sweep.before_loop
    @go_on.before_loop
    async def _until_ready(self) -> None:
        await self.wait_until_ready()

    async def on_message(self, message: discord.Message, /) -> None:
        """Takes no text commands; `cogs.thread_edits` listens to what members write."""

    async def on_error(self, event_method: str, /, *_args: object, **_options: object) -> None:
        """Something went wrong with what Discord told of, and nobody waits for an answer."""
        error = sys.exc_info()[1]
        if isinstance(error, BotError):
            log.warning("event lost", event_name=event_method, reason=type(error).__name__)
        else:
            log.error("unexpected fault", event_name=event_method, exc_info=error)

    async def close(self) -> None:
        """Gives pictures that are being drawn `stop_seconds`; what is left then is found again at the next start."""
        self.go_on.cancel()
        self.sweep.cancel()
        await self._queue.close()
        await self._acts.close()
        await self._clearing.close()
        await super().close()
        await self._gemini.close()
        await self._database.close()


def build_bot(settings: Settings) -> IdentityBot:
    """A bot that is ready to log in. Raises InvalidSetting for settings that do not go together."""
    try:
        check_offered(default_image(settings))
    except UnsupportedByModel as error:
        raise InvalidSetting(f"IMAGE_ASPECT_RATIO or IMAGE_SIZE: {for_terminal(error.user_message)}") from None
    return IdentityBot(settings)


def point_discord_elsewhere(settings: Settings) -> None:
    """discord.py keeps its addresses in two class attributes, so this holds for the whole process."""
    if settings.discord_api_url:
        discord.http.Route.BASE = settings.discord_api_url
    if settings.discord_gateway_url:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway_url)


def default_image(settings: Settings) -> ImageSettings:
    """What is asked for where nobody says otherwise."""
    return ImageSettings(settings.gemini_model, settings.image_aspect_ratio, settings.image_size)


def ceilings(settings: Settings) -> Ceilings:
    """The limits that hold where a server has chosen none."""
    return Ceilings(
        user_pictures_a_day=settings.user_pictures_a_day,
        server_pictures_a_day=settings.server_pictures_a_day,
        most_waiting=settings.most_waiting,
        usd_a_day=settings.usd_a_day,
    )


def _intents(*, message_content: bool) -> discord.Intents:
    intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
    intents.message_content = message_content
    return intents
