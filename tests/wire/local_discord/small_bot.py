"""A bot of a few lines that does what a whole conversation needs; the tests look at it from both ends."""

import asyncio
import io
import sys
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (640).to_bytes(4, "big") + (360).to_bytes(4, "big")


class SmallBot(commands.Bot):
    def __init__(self, intents: discord.Intents) -> None:
        super().__init__("!", intents=intents, guild_ready_timeout=0.01, help_command=None)
        self.events: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.tree.add_command(Identity())

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Does not wait 5 s before it identifies again."""

    async def on_message(self, message: discord.Message, /) -> None:
        if message.author != self.user:
            self.events.put_nowait(("message", message))

    async def next_message(self) -> discord.Message:
        return await self.next_event("message")  # type: ignore[no-any-return]

    async def next_event(self, name: str) -> Any:
        async with asyncio.timeout(5):
            while True:
                kind, event = await self.events.get()
                if kind == name:
                    return event

    def watch(self, name: str) -> None:
        """From now on also keeps this event, such as "raw_thread_delete"."""

        async def keep(*event: object) -> None:
            self.events.put_nowait((name, event[-1] if event else None))

        self.add_listener(keep, f"on_{name}")

    def place(self, place_id: int) -> discord.PartialMessageable:
        return self.get_partial_messageable(place_id)


class Identity(app_commands.Group):
    def __init__(self) -> None:
        super().__init__(name="identity", description="Pictures of you")

    @app_commands.command()
    async def start(
        self,
        interaction: discord.Interaction,
        identity: app_commands.Range[str, 1, 80],
        photo1: discord.Attachment | None = None,
    ) -> None:
        """Opens a thread with a picture."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        assert isinstance(interaction.channel, discord.TextChannel)
        picture = PNG if photo1 is None else await photo1.read()
        thread = await interaction.channel.create_thread(name=identity, type=discord.ChannelType.public_thread)
        await thread.send("v1", file=discord.File(io.BytesIO(picture), "v1.png"), nonce="turn-1", view=Buttons())
        await interaction.edit_original_response(content=thread.mention)

    @app_commands.command()
    async def show(self, interaction: discord.Interaction, user: discord.User | None = None) -> None:
        """Answers at once."""
        await interaction.response.send_message(f"about {(user or interaction.user).name}", ephemeral=True)

    @app_commands.command()
    async def appearance(self, interaction: discord.Interaction) -> None:
        """Asks with a modal."""
        await interaction.response.send_modal(Appearance())

    @start.autocomplete("identity")
    async def names(self, _interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{typed} Artist", value="The Artist")]


class Buttons(discord.ui.View):
    @discord.ui.button(label="Undo", custom_id="undo")
    async def undo(self, interaction: discord.Interaction, _button: "discord.ui.Button[Buttons]") -> None:
        await interaction.response.edit_message(content="undone")


class Appearance(discord.ui.Modal, title="How you look"):
    hair: "discord.ui.Label[Appearance]" = discord.ui.Label(text="Hair", component=discord.ui.TextInput())
    photos: "discord.ui.Label[Appearance]" = discord.ui.Label(
        text="Photos", component=discord.ui.FileUpload(required=False)
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        hair, photos = self.hair.component, self.photos.component
        assert isinstance(hair, discord.ui.TextInput)
        assert isinstance(photos, discord.ui.FileUpload)
        sizes = [len(await photo.read()) for photo in photos.values]
        await interaction.response.send_message(f"{hair.value} {sizes}")


def all_intents() -> discord.Intents:
    return discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=True)


def file(size: int, name: str = "picture.png") -> discord.File:
    return discord.File(io.BytesIO(PNG.ljust(size, b"\0")[:size]), name)


def main(api_url: str, gateway_url: str, token: str) -> None:
    """The bot as a process of its own."""
    Route.BASE = api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
    SmallBot(all_intents()).run(token, log_handler=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
