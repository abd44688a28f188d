"""What is sent to Gemini for a turn, and what is tried when the first answer is no picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.domain import (
    MAX_REFERENCE_PHOTOS,
    Generated,
    ImageSettings,
    StoredContent,
    Turn,
    TurnKind,
    TurnState,
    picture_hashes,
)
from bot.gemini.chat_history import picture_part
from bot.gemini.image_service import GeminiImageService
from bot.gemini.window import TurnContents, select_window
from bot.gemini_errors import GeminiError, NoPicture, RequestTooLarge, SignatureRejected
from bot.services.patience import Patience
from bot.services.prompt_manager import PromptManager
from bot.services.stopping import Stopping
from storage.database import Database, Repositories
from storage.stored_pictures import StoredPicture

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Request:
    """A message and the turns it is sent after, oldest first; `parent_id` is the turn that it edits.

    `pictures` are all that the contents name, whether they will be sent or not.
    """

    image: ImageSettings
    history: tuple[TurnContents, ...]
    message: StoredContent
    budget: int
    pictures: Mapping[str, StoredPicture]
    parent_id: int | None = None


@dataclass(frozen=True)
class Made:
    """A picture and the turn it was made from: None when it begins a line of its own."""

    answer: Generated
    parent_id: int | None


class PictureGeneration:
    """Makes the picture of a turn from the stored chat, and stores nothing itself.

    `max_request_bytes` is how large a request may grow before old turns are left out of it.
    """

    def __init__(
        self,
        database: Database,
        gemini: GeminiImageService,
        prompts: PromptManager,
        patience: Patience,
        stopping: Stopping,
        *,
        max_request_bytes: int,
    ) -> None:
        self._database = database
        self._gemini = gemini
        self._prompts = prompts
        self._patience = patience
        self._stopping = stopping
        self._max_request_bytes = max_request_bytes

    async def generate(self, turn: Turn) -> tuple[Turn, Made] | None:
        """The turn as it was drawn, for it may have been reworded while it waited; None when it waits no more.

        Raises GeminiError when there is no picture, after the one further try that some reasons are worth.
        """
        async with self._database.snapshot() as repos:
            current = await repos.turns.get(turn.id)
            if current is None or current.state is not TurnState.ASKED:
                return None
            request = await self._request(repos, current)
        return current, await self._made(current, request)

    async def _made(self, turn: Turn, request: Request) -> Made:
        if request.message != turn.user_content:
            request = await self._holding_photos(turn)
        try:
            return await self._send(request)
        except RequestTooLarge:
            if not request.history:
                raise
            log.info("request too large, sending less of the history", turn=turn.id)
            return await self._send(_smaller(request))
        except SignatureRejected:
            if not request.history:
                raise
            log.warning("history not accepted, going on from the head alone", turn=turn.id)
            return await self._send(from_head_alone(request))
        except GeminiError as error:
            if not error.retry_once:
                raise
            log.info("no picture, trying once more", turn=turn.id, reason=type(error).__name__)
            return await self._send(request)

    async def _holding_photos(self, turn: Turn) -> Request:
        """The request, with its photos held by the turn: they may be removed from the others while it is drawn."""
        async with self._database.transaction() as repos:
            request = await self._request(repos, turn)
            if await repos.turns.hold(turn.id) is not None:
                await repos.turns.name_images(turn.id, picture_hashes([request.message]))
        return request

    async def _request(self, repos: Repositories, turn: Turn) -> Request:
        history, message, parent_id = await self._contents(repos, turn)
        named = picture_hashes([message, *(content for each in history for content in each)])
        pictures = await self._database.pictures(repos, named)
        return Request(turn.image, history, message, self._max_request_bytes, pictures, parent_id)

    async def _contents(
        self, repos: Repositories, turn: Turn
    ) -> tuple[tuple[TurnContents, ...], StoredContent, int | None]:
        """The history, the message, and the turn that it edits."""
        chat = None if turn.chat_id is None else await repos.chats.get(turn.chat_id)
        if chat is None or turn.kind not in (TurnKind.EDIT, TurnKind.AGAIN):
            return (), turn.user_content, None
        parent_id = turn.parent_id
        if parent_id is None and turn.kind is TurnKind.EDIT:
            parent_id = chat.head_turn_id
        path = await repos.turns.path(parent_id)
        history = tuple((each.user_content, each.model_content) for each in path if each.model_content is not None)
        if turn.kind is TurnKind.AGAIN:
            return history, turn.user_content, parent_id
        photos = await repos.reference_photos.of_user(turn.user_id)
        known = set(picture_hashes(user for user, _ in history)) | set(picture_hashes([turn.user_content]))
        room = MAX_REFERENCE_PHOTOS - len(picture_hashes([turn.user_content]))
        added = [each for each in photos if each.added_at > chat.started_at and each.sha256 not in known][:room]
        message = turn.user_content
        if added:
            parts = [picture_part(each.mime_type, each.sha256) for each in added]
            message = _with_parts(message, [{"text": self._prompts.added_photos}, *parts])
        return history, message, parent_id

    async def _send(self, request: Request) -> Made:
        history = [content for turn in _window(request) for content in turn]
        chat = self._gemini.create_chat(request.image, history, request.pictures)
        with self._stopping.interruptible():
            picture, response = await self._patience.with_gemini(
                lambda: self._gemini.send_chat_message(chat, request.message, request.pictures)
            )
        if picture is None:
            raise response.problem or NoPicture()
        answer = Generated(
            picture=picture,
            text=response.text,
            user_content=request.message,
            model_content=response.model_content,
            finish_reason=response.finish_reason,
            usage=response.usage,
        )
        return Made(answer, request.parent_id)


def _window(request: Request) -> Sequence[TurnContents]:
    sizes = {sha256: picture.byte_size for sha256, picture in request.pictures.items()}
    return select_window(request.history, request.message, sizes, request.budget)


def _smaller(request: Request) -> Request:
    """The request with half the budget, or when that leaves nothing more out, with the newest picture alone."""
    half = replace(request, budget=request.budget // 2)
    return half if len(_window(half)) < len(_window(request)) else from_head_alone(request)


def from_head_alone(request: Request) -> Request:
    """The same message without a history: the reference photos and the head's picture come with it instead."""
    first, head = request.history[0][0], request.history[-1][1]
    pictures = [part for part in first["parts"] if "inline_data" in part]
    head_picture = next(part["inline_data"] for part in reversed(head["parts"]) if "inline_data" in part)
    own = len(picture_hashes([request.message]))
    kept = pictures[: max(0, MAX_REFERENCE_PHOTOS - 1 - own)]
    parts = [*kept, picture_part(head_picture["mime_type"], head_picture["sha256"]), *request.message["parts"]]
    return replace(request, history=(), message={"role": "user", "parts": parts}, parent_id=None)


def _with_parts(content: StoredContent, parts: Sequence[Mapping[str, object]]) -> StoredContent:
    return {**content, "parts": [*content["parts"], *parts]}
