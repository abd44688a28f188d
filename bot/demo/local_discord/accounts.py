"""Whoever has a name on the local Discord: the members and the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.demo.local_discord.places import DirectMessages

if TYPE_CHECKING:
    from bot.demo.local_discord.world import World


class Account:
    def __init__(self, world: World, name: str, *, bot: bool = False) -> None:
        self.world = world
        self.id = world.ids.next()
        self.name = name
        self.bot = bot
        self.takes_direct_messages = True
        """From the bot; 50007 if not."""
        self._direct_messages: DirectMessages | None = None
        world.accounts[self.id] = self

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    @property
    def direct_messages(self) -> DirectMessages:
        """The channel between this one and the bot."""
        if self._direct_messages is None:
            self._direct_messages = DirectMessages(self.world, self)
        return self._direct_messages

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"
