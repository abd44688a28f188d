"""A local Discord over real sockets, which a real discord.py bot connects to.

It keeps the rules that matter when things go wrong: nonces, upload limits, permissions, archived and locked threads,
interaction tokens, RESUME; and it makes things go wrong on command. It is a stand-in for tests and for trying things
out: one application, text channels, threads and direct messages.
"""

from bot.demo.local_discord.errors import ApiError
from bot.demo.local_discord.faults import Fault
from bot.demo.local_discord.guilds import Guild
from bot.demo.local_discord.intents import Intent
from bot.demo.local_discord.interactions import Interaction
from bot.demo.local_discord.messages import Attachment, Message
from bot.demo.local_discord.permissions import MEMBER_PERMISSIONS, MODERATOR_PERMISSIONS, Permission
from bot.demo.local_discord.places import DirectMessages, MiB, Place, TextChannel, Thread
from bot.demo.local_discord.server import LocalDiscord
from bot.demo.local_discord.users import User

__all__ = [
    "MEMBER_PERMISSIONS",
    "MODERATOR_PERMISSIONS",
    "ApiError",
    "Attachment",
    "DirectMessages",
    "Fault",
    "Guild",
    "Intent",
    "Interaction",
    "LocalDiscord",
    "Message",
    "MiB",
    "Permission",
    "Place",
    "TextChannel",
    "Thread",
    "User",
]
