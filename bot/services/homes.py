"""Where a user's prompts belong: their chat, or the start that is about to open one."""

from __future__ import annotations

from bot.domain import IdentityImageChat, Turn
from bot.errors import NoChat, OtherServer, UnknownUser, UserWithoutChat
from bot.services.orders import ChatOrder
from storage.database import Repositories


async def homes(repos: Repositories, user_id: int) -> list[IdentityImageChat | Turn]:
    """The user's chat and the starts that are about to replace it; the next prompt is for the last of them."""
    chat = await repos.chats.of_user(user_id)
    starts = await repos.turns.waiting_starts(user_id)
    return [*([] if chat is None else [chat]), *starts]


async def home_for(repos: Repositories, order: ChatOrder) -> IdentityImageChat | Turn:
    """Where the order belongs. Raises UnknownUser, UserWithoutChat, NoChat, OtherServer."""
    if order.by_moderator and not await repos.users.exists(order.user_id):
        raise UnknownUser(order.user_id)
    known = await homes(repos, order.user_id)
    if not known:
        raise UserWithoutChat(order.user_id) if order.by_moderator else NoChat
    if order.by_moderator and known[-1].place.guild_id != order.guild_id:
        raise OtherServer
    return known[-1]


async def require_known_here(repos: Repositories, user_id: int, guild_id: int | None) -> None:
    """What a moderator may work on. Raises UnknownUser, or OtherServer when any chat of the user lives elsewhere."""
    if not await repos.users.exists(user_id):
        raise UnknownUser(user_id)
    if any(home.place.guild_id != guild_id for home in await homes(repos, user_id)):
        raise OtherServer
