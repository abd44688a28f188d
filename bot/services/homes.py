"""Where a user's prompts belong: their chat, or the start that is about to open one."""

from __future__ import annotations

from bot.domain import IdentityImageChat, Place, Turn
from bot.errors import NoChat, OtherServer, UnknownUser, UserWithoutChat
from bot.rule_errors import OnlyOnItsServer
from bot.services.admission import require_not_blocked
from bot.services.orders import ChatOrder
from storage.database import Repositories


async def homes(repos: Repositories, user_id: int) -> list[IdentityImageChat | Turn]:
    """The user's chat and the starts that are about to replace it; the next prompt is for the last of them."""
    chat = await repos.chats.of_user(user_id)
    starts = await repos.waiting.starts_of(user_id)
    return [*([] if chat is None else [chat]), *starts]


async def home_for(repos: Repositories, order: ChatOrder) -> IdentityImageChat | Turn:
    """Where the order belongs.

    Raises UnknownUser, UserWithoutChat, NoChat, OtherServer, OnlyOnItsServer, Blocked.
    """
    known = await homes(repos, order.user_id)
    if order.by_moderator:
        await require_known_here(repos, order.user_id, order.guild_id)
    if not known:
        raise UserWithoutChat(order.user_id) if order.by_moderator else NoChat
    home = known[-1]
    await require_within_reach(repos, order, home.place)
    return home


async def require_within_reach(repos: Repositories, order: ChatOrder, place: Place) -> None:
    """That what is in that place may be worked on from where the order comes.

    Raises OtherServer, OnlyOnItsServer, Blocked.
    """
    if place.guild_id != order.guild_id:
        if order.by_moderator:
            raise OtherServer
        await _require_open_from_elsewhere(repos, order.asked_by, place)


async def _require_open_from_elsewhere(repos: Repositories, asked_by: int, place: Place) -> None:
    """Raises OnlyOnItsServer for a chat on a server whose rules hold for channels or roles there, Blocked for a block.

    The rules of where the order comes from were asked for when it came in.
    """
    if place.guild_id is not None:
        await require_not_blocked(repos, place.guild_id, asked_by, here=False)
        settings = await repos.servers.settings(place.guild_id)
        if settings.channel_ids or settings.role_ids:
            raise OnlyOnItsServer(place.thread_id)


async def require_known_here(repos: Repositories, user_id: int, guild_id: int | None) -> None:
    """What a moderator may work on. Raises OtherServer when any chat of the user lives elsewhere.

    Raises UnknownUser when they have not used the bot on that server: what they keep was not meant for it.
    """
    servers = {home.place.guild_id for home in await homes(repos, user_id)}
    if guild_id is None or (guild_id not in servers and not await repos.users.known_on(user_id, guild_id)):
        raise UnknownUser(user_id)
    if servers - {guild_id}:
        raise OtherServer
