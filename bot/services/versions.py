"""Between a chat's pictures: back, forth, to any of them, and the same prompt once more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bot.domain import Ask, IdentityImageChat, Picture, Place, Turn, TurnKind, TurnState
from bot.errors import (
    AlreadyTaken,
    LargestAlready,
    NotAllowed,
    NothingToRedo,
    NothingToTryAgain,
    NothingToUndo,
    PictureGone,
    PictureOfAnotherChat,
    StillDrawing,
    TooLateToCancel,
)
from bot.gemini.catalog import is_largest, sizes
from bot.gemini.chat_history import user_content
from bot.servers import ActKind
from bot.services.acts import Acts, record
from bot.services.homes import home_for, require_known_here, require_within_reach
from bot.services.limits import Limits
from bot.services.orders import ChatOrder, Taken
from bot.services.prompt_manager import PromptManager
from bot.services.turns import TurnQueue
from bot.wording import upscaled
from storage.database import Database, Repositories


@dataclass(frozen=True)
class Click:
    """A press of a button: by whom, where, and whether they may manage that server."""

    user_id: int
    guild_id: int | None
    moderator: bool


@dataclass(frozen=True)
class Original:
    """A turn's master, and whether it is what the next prompt edits."""

    turn: Turn
    picture: Picture
    is_head: bool


class Versions:
    """Undo and redo move the head and cost nothing; all raise InvalidInput when there is nowhere to go."""

    def __init__(
        self, database: Database, queue: TurnQueue, prompts: PromptManager, limits: Limits, acts: Acts
    ) -> None:
        self._database = database
        self._queue = queue
        self._prompts = prompts
        self._limits = limits
        self._acts = acts

    async def pressed(self, turn_id: int, click: Click) -> tuple[Turn, ChatOrder]:
        """What a button of that turn asks for. Raises PictureGone, NotAllowed."""
        async with self._database.snapshot() as repos:
            turn = await repos.turns.get(turn_id)
            if turn is None:
                raise PictureGone
            place = await _present_place(repos, turn)
        _check_may(turn, place, click)
        return turn, ChatOrder(user_id=turn.user_id, asked_by=click.user_id, guild_id=click.guild_id)

    async def original(self, turn: Turn, order: ChatOrder) -> Original:
        """The picture as Gemini made it. Raises PictureGone."""
        async with self._acts.look(order) as repos:
            chat = None if turn.chat_id is None else await repos.chats.get(turn.chat_id)
            pictures = await repos.images.load([turn.picture_sha256] if turn.picture_sha256 else [])
            if chat is None or not pictures:
                raise PictureGone
            if order.by_moderator:
                await require_within_reach(repos, order, chat.place)
            await record(repos, order, ActKind.ORIGINAL, f"v{turn.version}", chat.place.thread_id)
        return Original(turn, next(iter(pictures.values())), is_head=chat.head_turn_id == turn.id)

    async def undo(self, order: ChatOrder) -> Turn:
        """Goes back to the picture that the head was made from, and answers its turn."""
        async with self._acts.transaction(order) as repos:
            chat, head = await _at_rest(repos, order)
            parent = None if head.parent_id is None else await repos.turns.get(head.parent_id)
            if parent is None:
                raise NothingToUndo(head.version)
            await repos.chats.step_to(chat.id, parent.id)
            await record(repos, order, ActKind.UNDO, f"v{parent.version}", chat.place.thread_id)
            return parent

    async def redo(self, order: ChatOrder) -> Turn:
        """Goes forth again on the way that undo came, and answers the turn it leads to."""
        async with self._acts.transaction(order) as repos:
            chat, head = await _at_rest(repos, order)
            way = await repos.turns.path(chat.tip_turn_id)
            ahead = next((turn for turn in way if turn.parent_id == head.id), None)
            if ahead is None:
                raise NothingToRedo(head.version)
            await repos.chats.step_to(chat.id, ahead.id)
            await record(repos, order, ActKind.REDO, f"v{ahead.version}", chat.place.thread_id)
            return ahead

    async def use(self, order: ChatOrder, turn_id: int) -> Turn:
        """Makes any of the chat's pictures the one that the next prompt edits."""
        async with self._acts.transaction(order) as repos:
            chat, _ = await _at_rest(repos, order)
            turn = await _picture_of(repos, chat, turn_id)
            await repos.chats.set_head(chat.id, turn.id)
            await record(repos, order, ActKind.USE, f"v{turn.version}", chat.place.thread_id)
            return turn

    async def again(self, order: ChatOrder, source_id: int, turn_id: int | None = None) -> Taken:
        """Takes another try at a picture, the head where none is named: its sibling, from the same prompt."""
        async with self._acts.transaction(order) as repos:
            chat = await _chat_for(repos, order)
            first = await _picture_of(repos, chat, turn_id or chat.head_turn_id)
            ask = Ask(
                kind=TurnKind.AGAIN,
                prompt=first.prompt,
                user_content=first.user_content,
                image=first.image,
                parent_id=first.parent_id,
                **_of_chat(chat, order, source_id),
            )
            turn = await self._limits.take(repos, ask)
            await record(repos, order, ActKind.AGAIN, f"v{first.version}", chat.place.thread_id)
        return self._taken(turn)

    async def upscale(self, order: ChatOrder, source_id: int, turn_id: int) -> Taken:
        """Takes the same picture in the largest size that its model offers: a child of it. Raises LargestAlready."""
        async with self._acts.transaction(order) as repos:
            chat = await _chat_for(repos, order)
            small = await _picture_of(repos, chat, turn_id)
            if is_largest(small.image):
                raise LargestAlready(small.version, small.image.image_size)
            image = replace(small.image, image_size=sizes(small.image.model)[-1])
            ask = Ask(
                kind=TurnKind.EDIT,
                prompt=upscaled(small.version, image.image_size),
                user_content=user_content(self._prompts.upscale, ()),
                image=image,
                parent_id=small.id,
                **_of_chat(chat, order, source_id),
            )
            turn = await self._limits.take(repos, ask)
            await record(repos, order, ActKind.UPSCALE, f"v{small.version}", chat.place.thread_id)
        return self._taken(turn)

    async def cancel(self, turn: Turn, order: ChatOrder) -> None:
        """Withdraws a prompt that waits or is being drawn. Raises TooLateToCancel."""

        async def recorded(repos: Repositories) -> None:
            await record(repos, order, ActKind.CANCEL, thread_id=turn.place.thread_id)

        if not await self._queue.withdraw(turn, recorded):
            raise TooLateToCancel
        self._acts.announce()

    async def try_again(self, turn_id: int, order: ChatOrder) -> None:
        """Puts a turn that failed back into the queue.

        Raises AlreadyTaken, NothingToTryAgain, LimitReached, Blocked, UnknownUser, OtherServer, OnlyOnItsServer.
        """
        async with self._acts.transaction(order) as repos:
            turn = await repos.turns.get(turn_id)
            if turn is None:
                raise NothingToTryAgain
            if turn.state in (TurnState.ASKED, TurnState.GENERATED, TurnState.POSTED):
                raise AlreadyTaken
            if not turn.retryable:
                raise NothingToTryAgain
            place = await _present_place(repos, turn)
            await require_within_reach(repos, order, place)
            if order.by_moderator and turn.kind is TurnKind.START:  # its picture will replace the chat
                await require_known_here(repos, turn.user_id, order.guild_id)
            await repos.turns.try_again(turn, place)
            if turn.drawn:
                await self._limits.check_words(repos, order.asked_by, place.guild_id, "")
            else:
                await self._limits.check(repos, turn.user_id, order.asked_by, place.guild_id, turn.image)
            await record(repos, order, ActKind.TRY_AGAIN, thread_id=place.thread_id)
        self._queue.wake(turn.user_id)

    def _taken(self, turn: Turn | None) -> Taken:
        if turn is None:
            raise AlreadyTaken
        self._queue.wake(turn.user_id)
        return Taken(turn)


def _check_may(turn: Turn, place: Place, click: Click) -> None:
    """Raises NotAllowed for anybody but the turn's owner and moderators of the server where its chat lives by now."""
    by_moderator = click.moderator and click.guild_id == place.guild_id
    if click.user_id != turn.user_id and not by_moderator:
        raise NotAllowed


def _of_chat(chat: IdentityImageChat, order: ChatOrder, source_id: int) -> dict[str, Any]:
    """What a prompt by a button or command has from its chat."""
    return {
        "user_id": order.user_id,
        "asked_by": order.asked_by,
        "source_id": source_id,
        "reply_to_message_id": None,
        "place": chat.place,
        "photos": (),
        "chat_id": chat.id,
        "identity_name": chat.identity_name,
    }


async def _chat_for(repos: Repositories, order: ChatOrder) -> IdentityImageChat:
    """Raises StillDrawing when another chat's first picture is about to replace it."""
    home = await home_for(repos, order)
    if isinstance(home, Turn):
        raise StillDrawing
    return home


async def _at_rest(repos: Repositories, order: ChatOrder) -> tuple[IdentityImageChat, Turn]:
    """The chat and its head, while no prompt waits that would move it."""
    chat = await _chat_for(repos, order)
    if await repos.waiting.in_chat(chat.id) is not None:
        raise StillDrawing
    return chat, await _picture_of(repos, chat, chat.head_turn_id)


async def _picture_of(repos: Repositories, chat: IdentityImageChat, turn_id: int | None) -> Turn:
    turn = None if turn_id is None else await repos.turns.get(turn_id)
    if turn is None or turn.chat_id != chat.id or not turn.drawn:
        raise PictureOfAnotherChat
    return turn


async def _present_place(repos: Repositories, turn: Turn) -> Place:
    """Where the turn's chat lives by now."""
    chat = None if turn.chat_id is None else await repos.chats.get(turn.chat_id)
    return turn.place if chat is None else chat.place
