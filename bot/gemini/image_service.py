"""Pictures from Gemini: a chat is a value made from stored contents, and sending a message changes nothing in it."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import httpx2
from google import genai
from google.genai import types

from bot.domain import ImageSettings, Picture, StoredContent, Usage, picture_hashes
from bot.gemini.catalog import check_offered, cost_usd, takes_size
from bot.gemini.chat_history import deserialize_chat_history, serialize_chat_history
from bot.gemini.connecting import connect_by_happy_eyeballs
from bot.gemini.faults import translated
from bot.gemini.incoming import Received
from bot.gemini.outgoing import SendablePicture, placeholder
from bot.gemini.refusals import answer_parts, answer_text, finish_reason, refusal
from bot.gemini.transport import PictureTransport, carrying
from bot.gemini_errors import GeminiError
from bot.imaging.reading import picture_from_bytes


@dataclass(frozen=True)
class GeminiChat:
    """What a message is sent after, and the settings of the picture to come; contents hold digests for pictures."""

    image: ImageSettings
    history: tuple[types.Content, ...] = field(repr=False)
    pictures: Mapping[str, SendablePicture] = field(repr=False)


@dataclass(frozen=True)
class ChatResponse:
    """Gemini's answer: `problem` says why there is no picture, and is None when there is one."""

    text: str
    finish_reason: str
    model_content: StoredContent
    usage: Usage
    problem: GeminiError | None


class GeminiImageService:
    """Speaks with Gemini, one request a message, none repeated behind the caller's back.

    `timeout_seconds` bounds a whole request; Google's own pictures take 15 to 70 s.
    """

    def __init__(self, *, api_key: str, base_url: str | None, api_version: str, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        client = httpx2.AsyncClient(verify=_trusted())
        blocking = httpx2.Client(limits=_ANEW, verify=_trusted())
        connect_by_happy_eyeballs(blocking)
        timeouts = httpx2.Timeout(timeout_seconds, connect=_CONNECT_SECONDS)
        self._http = httpx2.AsyncClient(transport=PictureTransport(client, blocking, timeouts))
        self._client = genai.Client(
            api_key=api_key,
            http_options=types.HttpOptions(
                base_url=base_url,
                api_version=api_version,
                httpx_async_client=self._http,
                httpx_client=blocking,  # unused there; without one the SDK reads all certificates thrice more
                async_client_args={"ssl": _trusted()},  # for websockets, which would read them once more
                retry_options=types.HttpRetryOptions(attempts=1),
            ),
        )

    def create_chat(
        self,
        image: ImageSettings,
        history: Sequence[StoredContent] = (),
        pictures: Mapping[str, SendablePicture] | None = None,
    ) -> GeminiChat:
        """A chat that goes on from `history`, whose pictures are in `pictures` by sha256.

        Raises UnsupportedByModel when the model offers no such ratio or size.
        """
        check_offered(image)
        return GeminiChat(image=image, history=_contents(history), pictures=_named(history, pictures or {}))

    async def send_chat_message(
        self, chat: GeminiChat, message: StoredContent, pictures: Mapping[str, SendablePicture] | None = None
    ) -> tuple[Picture | None, ChatResponse]:
        """Sends a user content after the chat's history; its photos are in `pictures` by sha256.

        Answers the last picture that is not a thought, or None with the reason in the response. Raises GeminiError
        when no answer came at all.
        """
        began = time.monotonic()
        contents = [*chat.history, *_contents([message])]
        sent = {**chat.pictures, **_named([message], pictures or {})}
        with translated(self._timeout_seconds), carrying(sent) as received:
            async with asyncio.timeout(self._timeout_seconds):
                response = await self._client.aio.models.generate_content(
                    model=chat.image.model, contents=contents[-1], config=_config(chat.image, contents)
                )
            return _read(response, received, chat.image, time.monotonic() - began)

    async def check_model(self, model: str) -> None:
        """Raises GeminiError unless the key is accepted and the model is known."""
        with translated(self._timeout_seconds):
            async with asyncio.timeout(self._timeout_seconds):
                await self._client.aio.models.get(model=model)

    async def close(self) -> None:
        await self._http.aclose()


_CONNECT_SECONDS = 15
"""For all addresses of the host together, and once more for TLS."""

_ANEW = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
"""How many run at once is `gemini_concurrency`'s to say. Each has a connection of its own, to be ended with it."""


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that the machine trusts; reading them takes a tenth of a second."""
    return httpx2.create_ssl_context()


def _contents(contents: Sequence[StoredContent]) -> tuple[types.Content, ...]:
    placeholders = {sha256: placeholder(sha256) for sha256 in picture_hashes(contents)}
    return tuple(deserialize_chat_history(contents, placeholders))


def _named(contents: Sequence[StoredContent], pictures: Mapping[str, SendablePicture]) -> dict[str, SendablePicture]:
    """Those pictures that the contents name. Raises KeyError when one is missing."""
    return {sha256: pictures[sha256] for sha256 in picture_hashes(contents)}


def _config(image: ImageSettings, contents: Sequence[types.Content]) -> types.GenerateContentConfig:
    """The contents go into the body as they are: the SDK's way there takes a millisecond for each turn."""
    body = {"contents": [each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in contents]}
    size = image.image_size if takes_size(image.model) else None
    return types.GenerateContentConfig(
        response_modalities=["TEXT", "IMAGE"],
        image_config=types.ImageConfig(aspect_ratio=image.aspect_ratio, image_size=size),
        thinking_config=types.ThinkingConfig(include_thoughts=False),
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        http_options=types.HttpOptions(extra_body=body),
    )


def _read(
    response: types.GenerateContentResponse, received: Received, image: ImageSettings, seconds: float
) -> tuple[Picture | None, ChatResponse]:
    parts = answer_parts(response)
    blobs = [part.inline_data for part in parts if part.inline_data is not None and part.inline_data.data]
    picture = None
    if blobs:
        digest = blobs[-1].data or b""
        picture = picture_from_bytes(received[digest], blobs[-1].mime_type or "image/jpeg", digest.hex())
    kept = [part for part in parts if part.inline_data is None or part.inline_data is blobs[-1]]
    stored = serialize_chat_history([types.Content(role="model", parts=kept)], bytes.hex).contents[0]
    return picture, ChatResponse(
        text=answer_text(response),
        finish_reason=finish_reason(response),
        model_content=stored,
        usage=_usage(response, image if picture else None, seconds),
        problem=None if picture else refusal(response),
    )


def _usage(response: types.GenerateContentResponse, image: ImageSettings | None, seconds: float) -> Usage:
    counted = response.usage_metadata
    return Usage(
        prompt_tokens=counted.prompt_token_count if counted else None,
        output_tokens=counted.candidates_token_count if counted else None,
        cost_usd=cost_usd(image) if image else None,
        seconds=seconds,
    )
