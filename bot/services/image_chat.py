"""Starting and continuing the one stored chat of a user. What is taken here, `turns.py` takes to its picture."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from weakref import WeakValueDictionary

from bot.domain import (
    MAX_PROMPT_LENGTH,
    MAX_REFERENCE_PHOTOS,
    Ask,
    Identity,
    IdentityImageChat,
    Picture,
    Place,
    Turn,
    TurnKind,
)
from bot.errors import (
    AlreadyTaken,
    ChatEnded,
    ChatLivesElsewhere,
    EmptyPrompt,
    IdentityGone,
    InvalidInput,
    NoChat,
    NoReferencePhotos,
    PictureGone,
    PictureOfAnotherChat,
    TextTooLong,
    UserWithoutChat,
    UserWithoutPhotos,
)
from bot.gemini.chat_history import user_content
from bot.servers import ActKind
from bot.services.acts import Acts, record
from bot.services.homes import home_for, homes, require_known_here
from bot.services.identities import known_identity, new_identity
from bot.services.image_choice import ImageChoice
from bot.services.limits import Limits
from bot.services.orders import ChatOrder, EditOrder, OpenThread, PictureOrder, ReachThread, Taken
from bot.services.photos import keep, usable_photos
from bot.services.prompt_manager import PromptManager
from bot.services.turns import TurnQueue
from bot.texts import clean_name, clean_text
from bot.wording import describe_to_create, description_unchanged, photos_not_kept
from storage.database import Database, Repositories

PHOTOS_ALONE = "(photos)"
"""What people read as the prompt of an edit that came without words."""

RECENT_PROMPTS = 100
"""How many wordings of a user are looked through for one to suggest."""


class Residence(Enum):
    """What a channel is to a user's chat."""

    HOME = "home"
    """Their chat lives there, or is about to."""
    FORMER = "former"
    """An earlier chat of theirs lived there."""
    NONE = "none"


@dataclass(frozen=True)
class Overview:
    """What there is to know of a user's chat; `starting` is a first picture under way, `newest` the latest prompt."""

    chat: IdentityImageChat | None
    pictures: int
    head: Turn | None
    head_picture: Picture | None
    waiting: Turn | None
    newest: Turn | None
    starting: Turn | None


class ImageChats:
    def __init__(
        self,
        database: Database,
        queue: TurnQueue,
        prompts: PromptManager,
        images: ImageChoice,
        limits: Limits,
        acts: Acts,
    ) -> None:
        self._database = database
        self._queue = queue
        self._prompts = prompts
        self._images = images
        self._limits = limits
        self._acts = acts
        self._taken_so_far = 0
        """Prompts of all users: whether any was taken since tells whether the limits are to be looked at again."""
        self._order: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def in_order(self, user_id: int) -> asyncio.Lock:
        """Held while something of the user's is taken: what comes in first is first in the queue."""
        return self._order.setdefault(user_id, asyncio.Lock())

    async def start_identity_image_chat(self, order: PictureOrder, open_thread: OpenThread) -> Taken:
        """Takes a start. The chat it opens replaces the user's once its first picture is there.

        Everything is checked before the thread is opened. Raises InvalidInput, PlaceError, LimitReached, Blocked.
        """
        return await self._take_first_picture(order, TurnKind.START, open_thread)

    async def generate_identity_image(self, order: PictureOrder, place: Place) -> Taken:
        """Takes one picture without a chat, to be posted in `place`."""

        async def here(_name: str) -> Place:
            return place

        return await self._take_first_picture(order, TurnKind.ONCE, here)

    async def continue_identity_image_chat(self, order: EditOrder, reach: ReachThread | None = None) -> Taken:
        """Takes an edit of the user's chat, or of the one that is about to begin.

        With `reach`, a chat whose thread is gone goes on in another. Raises InvalidInput and PlaceError.
        """
        prompt = _checked_prompt(order.prompt, "The prompt")
        if not prompt and not order.files:
            raise EmptyPrompt
        home = None
        if order.files or reach is not None:  # either takes its time: first whether there is a chat at all
            async with self._database.snapshot() as repos:
                home = await home_for(repos, order)
                if reach is not None:  # which may open a thread
                    doing = (order.user_id, order.asked_by, home.place.guild_id, home.image, prompt)
                    await self._limits.check(repos, *doing, more=1)
        usable = await usable_photos(order.files)
        reached = None if home is None or reach is None else await reach(home.place, home.identity_name)
        async with self._acts.transaction(order) as repos:
            now = await home_for(repos, order)  # it may be another chat by now, or none
            chat = now if isinstance(now, IdentityImageChat) else None
            place = now.place
            if reached is not None and home is not None and place == home.place != reached:
                place = reached
                if chat is not None:
                    await repos.chats.move(chat.id, reached)
                    await repos.chats.remember_thread(order.user_id, home.place.thread_id)
            turn = await self._limits.take(
                repos,
                Ask(
                    kind=TurnKind.EDIT,
                    user_id=order.user_id,
                    asked_by=order.asked_by,
                    source_id=order.source_id,
                    reply_to_message_id=order.message_id,
                    place=place,
                    prompt=prompt or PHOTOS_ALONE,
                    user_content=user_content(prompt or self._prompts.photos_only, usable.pictures),
                    photos=usable.pictures,
                    image=now.image,
                    chat_id=None if chat is None else chat.id,
                    parent_id=await _chosen_parent(repos, order, chat),
                    identity_name=now.identity_name,
                ),
                prompt,
            )
            await record(repos, order, ActKind.CONTINUE, thread_id=place.thread_id)
        return self._taken(turn, usable.notes)

    async def residence(self, user_id: int, channel_id: int) -> Residence:
        """What that channel is to the user's chat. Made to be asked for every message in a thread."""
        async with self._database.snapshot() as repos:
            threads = [home.place.thread_id for home in await homes(repos, user_id)]
            if threads and threads[-1] == channel_id:
                return Residence.HOME
            if channel_id in threads or await repos.chats.lived_in(user_id, channel_id):
                return Residence.FORMER
            return Residence.NONE

    async def is_picture_of(self, user_id: int, message_id: int) -> bool:
        """Whether that message shows a picture of the user's."""
        async with self._database.snapshot() as repos:
            turn = await repos.turns.of_reply(message_id)
        return turn is not None and turn.user_id == user_id

    async def home_of(self, user_id: int) -> Place | None:
        """Where the user's chat lives, or will when the start that is under way has its picture."""
        async with self._database.snapshot() as repos:
            known = await homes(repos, user_id)
        return known[-1].place if known else None

    async def no_home_here(self, user_id: int, *, ended: bool) -> InvalidInput:
        """Why a message is no edit: the chat lives elsewhere, has ended, or never was."""
        async with self._database.snapshot() as repos:
            known = await homes(repos, user_id)
        if known:
            return ChatLivesElsewhere(known[-1].place.thread_id)
        return ChatEnded() if ended else NoChat()

    async def recent_prompts(self, user_id: int, typed: str) -> list[str]:
        """The user's own prompts that hold what was typed, the latest first."""
        async with self._database.snapshot() as repos:
            prompts = await repos.turns.recent_prompts(user_id, RECENT_PROMPTS)
        return [each for each in prompts if typed.casefold() in each.casefold() and each != PHOTOS_ALONE]

    async def overview(self, order: ChatOrder) -> Overview:
        """Raises OtherServer when a moderator asks for a chat that lives on another server."""
        user_id = order.user_id
        async with self._acts.look(order) as repos:
            if order.by_moderator:
                await require_known_here(repos, user_id, order.guild_id)
            chat = await repos.chats.of_user(user_id)
            starting = next(iter(await repos.waiting.starts_of(user_id)), None)
            shown = chat or starting
            await record(repos, order, ActKind.SHOW, thread_id=None if shown is None else shown.place.thread_id)
            head = None if chat is None or chat.head_turn_id is None else await repos.turns.get(chat.head_turn_id)
            pictures = await repos.images.load([head.picture_sha256] if head and head.picture_sha256 else [])
            here = order.guild_id if order.by_moderator else None
            return Overview(
                chat=chat,
                pictures=0 if chat is None else await repos.turns.count_pictures(chat.id),
                head=head,
                head_picture=next(iter(pictures.values()), None),
                waiting=None if chat is None else await repos.waiting.in_chat(chat.id),
                newest=await repos.turns.newest_of_user(user_id, here),
                starting=starting,
            )

    async def end(self, order: ChatOrder) -> None:
        """Ends the user's chat, and a start that failed, and forgets their waiting prompts.

        Raises NoChat, UserWithoutChat, OtherServer.
        """
        user_id = order.user_id
        async with self._acts.transaction(order) as repos:
            if order.by_moderator:
                await require_known_here(repos, user_id, order.guild_id)
            known = await homes(repos, user_id)
            given_up = await repos.turns.give_up_failed(user_id, order.guild_id if order.by_moderator else None)
            if not known and not given_up:
                raise UserWithoutChat(user_id) if order.by_moderator else NoChat
            for thread_id in dict.fromkeys(each.place.thread_id for each in known or given_up[-1:]):
                await record(repos, order, ActKind.END, thread_id=thread_id)
            waiting = [turn for turn in await repos.waiting.of_user(user_id) if turn.kind is not TurnKind.ONCE]
            await repos.uses.lines_unwanted(waiting)
            await repos.waiting.forget_of_user(user_id)
            for home in known:
                if isinstance(home, IdentityImageChat):
                    await repos.chats.delete(home)
                else:
                    await repos.chats.remember_thread(user_id, home.place.thread_id)
        await self._queue.forget(waiting)

    async def _take_first_picture(self, order: PictureOrder, kind: TurnKind, open_thread: OpenThread) -> Taken:
        instructions = _checked_prompt(order.instructions, "The instructions")
        usable = await usable_photos(order.files)
        taken_before = self._taken_so_far
        async with self._database.transaction() as repos:
            await _know_user(repos, order)
            image = await self._images.of(repos, order)
            doing = (order.user_id, order.asked_by, order.guild_id, image, instructions)
            await self._limits.check(repos, *doing, more=1)
            identity, notes = await _identity(repos, order)
            described = (identity.description, "The description")  # which is the prompt of a first picture
            await self._limits.check_words(repos, order.asked_by, order.guild_id, *described)
            photos = usable.pictures or await _stored_photos(repos, order)
            appearance = await repos.appearances.get(order.user_id)
            left_over = await keep(repos, order.user_id, usable.photos) if kind is TurnKind.START else 0
        if left_over:
            notes = [*notes, photos_not_kept(left_over, MAX_REFERENCE_PHOTOS)]
        prompt = self._prompts.create_image_generation_prompt(identity, appearance, instructions)
        async with self.in_order(order.user_id):  # what is written in the new thread waits until the start is taken
            if self._taken_so_far != taken_before:  # once more, before the thread is opened
                async with self._database.snapshot() as repos:
                    await self._limits.check(repos, *doing, more=1)
            ask = Ask(
                kind=kind,
                user_id=order.user_id,
                asked_by=order.asked_by,
                source_id=order.source_id,
                reply_to_message_id=None,
                place=await open_thread(identity.name),
                prompt=instructions or identity.description,
                user_content=user_content(prompt, photos),
                photos=photos,
                image=image,
                identity_id=identity.id,
                identity_name=identity.name,
            )
            doer = ChatOrder(user_id=order.user_id, asked_by=order.asked_by, guild_id=order.guild_id)
            async with self._acts.transaction(doer) as repos:
                await _know_user(repos, order)  # once more: everything may have been deleted meanwhile
                if identity.id not in {each.id for each in await repos.identities.of_user(order.user_id)}:
                    raise IdentityGone(identity.name)
                await repos.turns.give_up_failed(order.user_id, order.guild_id if doer.by_moderator else None)
                turn = await self._limits.take(repos, ask, instructions)
                await record(repos, doer, ActKind.START, thread_id=ask.place.thread_id)
            return self._taken(turn, [*usable.notes, *notes])

    def _taken(self, turn: Turn | None, notes: Iterable[str]) -> Taken:
        if turn is None:
            raise AlreadyTaken
        self._taken_so_far += 1
        self._queue.wake(turn.user_id)
        return Taken(turn=turn, notes=tuple(notes))


async def _chosen_parent(repos: Repositories, order: EditOrder, chat: IdentityImageChat | None) -> int | None:
    """The turn that is to be edited instead of the head, if one is named. Raises PictureGone, PictureOfAnotherChat."""
    turn = None if order.replied_to is None else await repos.turns.of_reply(order.replied_to)
    if order.parent_id is not None:
        turn = await repos.turns.get(order.parent_id)
        if turn is None:
            raise PictureGone
    if turn is None:
        return None
    if chat is None or turn.chat_id != chat.id:
        raise PictureOfAnotherChat
    return turn.id


def _checked_prompt(text: str, what: str) -> str:
    prompt = clean_text(text)
    if len(prompt) > MAX_PROMPT_LENGTH:
        raise TextTooLong(what, len(prompt), MAX_PROMPT_LENGTH)
    return prompt


async def _know_user(repos: Repositories, order: PictureOrder) -> None:
    """Makes the one who asks for themselves known.

    Raises UnknownUser when a moderator names a stranger, OtherServer when that user's chat is on another server.
    """
    if order.asked_by == order.user_id:
        await repos.users.ensure(order.user_id, order.guild_id)
        return
    await require_known_here(repos, order.user_id, order.guild_id)


async def _identity(repos: Repositories, order: PictureOrder) -> tuple[Identity, list[str]]:
    """The identity of that name, made on the spot when it is described. Raises UnknownIdentity."""
    found = await repos.identities.find(order.user_id, clean_name(order.identity_name))
    if found is None and order.description:
        return await new_identity(repos, order.user_id, order.identity_name, order.description), []
    identity = found or await known_identity(repos, order.user_id, order.identity_name, hint=describe_to_create())
    differs = bool(order.description) and clean_text(order.description) != identity.description
    return identity, [description_unchanged(identity.name)] if differs else []


async def _stored_photos(repos: Repositories, order: PictureOrder) -> tuple[Picture, ...]:
    """The user's reference photos. Raises NoReferencePhotos or UserWithoutPhotos."""
    stored = await repos.reference_photos.of_user(order.user_id)
    if not stored:
        raise NoReferencePhotos if order.asked_by == order.user_id else UserWithoutPhotos(order.user_id)
    pictures = await repos.images.load(photo.sha256 for photo in stored)
    return tuple(pictures[photo.sha256] for photo in stored)
