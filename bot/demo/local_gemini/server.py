"""The server: keys, sizes and faults; what is asked and what is drawn is decided elsewhere."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bot.demo.local_gemini.answers import picture_answer, text_answer
from bot.demo.local_gemini.drawing import draw, prepared
from bot.demo.local_gemini.faults import Fault, QueuedFault, queued_fault
from bot.demo.local_gemini.models import MODELS, describe, find_model
from bot.demo.local_gemini.protocol import read_request
from bot.demo.local_gemini.received import ReceivedRequest, summarise
from bot.demo.local_gemini.replies import Refusal, Reply, bad_key, json_reply, no_key, too_large
from bot.demo.local_gemini.wire import parse_json

SERVER_NAME = "local-gemini (a stand-in for trying things out, not Google)"
_GREETING = (
    "This is local-gemini, a stand-in for Google's Gemini for trying things out. "
    "It draws with Pillow and knows nothing of real pictures.\n"
)
_VERSION = "{version:v1|v1beta}"
_FOREVER = 24 * 3600.0
_STOP_SECONDS = 1.0
"""The longest that it waits at its end for answers that were broken off."""


class LocalGemini:
    """Serves on 127.0.0.1 in the running loop, from `async with` to its end.

    `requests` are the generate requests in the order of arrival; those without a valid key or with a body
    that is too large are not kept. `latency_seconds` is waited before each answer to a generate request, and
    at random up to `latency_spread_seconds` more; from `hold` to `release` none is answered.
    `mime_type` is that of the pictures drawn: image/jpeg or image/png. With `always_send_thoughts` a request
    that asks for none gets them all the same, so that a client must skip them itself. `picture`, a JPEG, is
    answered instead of drawing one; the request is checked as strictly.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        api_key: str | None = None,
        max_request_bytes: int = 20 * 1024 * 1024,
        max_pictures_per_prompt: int = 14,
    ) -> None:
        """`port` 0 takes a free one; without `api_key` any key is good that is not empty."""
        self.requests: list[ReceivedRequest] = []
        self.latency_seconds = 0.0
        self.latency_spread_seconds = 0.0
        self.mime_type = "image/jpeg"
        self.always_send_thoughts = True
        self.picture: bytes | None = None
        self._port = port
        self._api_key = api_key
        self._max_request_bytes = max_request_bytes
        self._max_pictures_per_prompt = max_pictures_per_prompt
        self._faults: deque[QueuedFault] = deque()
        self._answering: set[asyncio.Task[Any]] = set()
        self._runner: web.AppRunner | None = None
        self._released = asyncio.Event()
        self._released.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def fail_next(self, fault: Fault, times: int = 1, **parameters: Any) -> None:
        """Queues `fault`: each of the next `times` generate requests is answered with it.

        A fault comes before every check but those of key and size. TypeError for a parameter that it does
        not have.
        """
        self._faults.extend([queued_fault(fault, parameters)] * times)

    def hold(self) -> None:
        """From now on requests wait for their answers, until `release`."""
        self._released.clear()

    def release(self) -> None:
        self._released.set()

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(
            self._application(), handler_cancellation=True, access_log=None, shutdown_timeout=_STOP_SECONDS
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Answers that are under way are broken off."""
        for task in self._answering:
            task.cancel()
        if self._answering:
            await asyncio.wait(set(self._answering), timeout=_STOP_SECONDS)
        if self._runner is not None:
            await self._runner.cleanup()

    def _application(self) -> web.Application:
        application = web.Application()
        application.on_response_prepare.append(_sign_as_stand_in)
        application.router.add_get("/", _greet)
        application.router.add_get(f"/{_VERSION}/models", self._list_models)
        application.router.add_get(f"/{_VERSION}/models/{{model}}", self._get_model)
        application.router.add_post(f"/{_VERSION}/models/{{model:[^:/]+}}:generateContent", self._generate)
        application.router.add_route("*", "/{path:.*}", _not_found)
        return application

    async def _list_models(self, request: web.Request) -> web.Response:
        try:
            self._check_key(request)
        except Refusal as refusal:
            return _response(refusal.reply())
        return _response(json_reply({"models": [describe(model) for model in MODELS.values()]}))

    async def _get_model(self, request: web.Request) -> web.Response:
        try:
            self._check_key(request)
            model = find_model(request.match_info["model"], request.match_info["version"])
        except Refusal as refusal:
            return _response(refusal.reply())
        return _response(json_reply(describe(model)))

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a handler always runs in a task
        self._answering.add(task)
        try:
            self._check_key(request)
            return await self._answer(request, await self._read_body(request))
        except Refusal as refusal:
            return _response(refusal.reply())
        finally:
            self._answering.discard(task)

    def _check_key(self, request: web.Request) -> None:
        key = request.headers.get("x-goog-api-key", "")
        if not key:
            raise no_key()
        if self._api_key is not None and key != self._api_key:
            raise bad_key()

    async def _read_body(self, request: web.Request) -> list[bytes]:
        """Reads to the end, so that the client gets its answer, but keeps no more than is allowed."""
        chunks = []
        size = 0
        async for chunk in request.content.iter_any():
            size += len(chunk)
            if size <= self._max_request_bytes:
                chunks.append(chunk)
        if size > self._max_request_bytes:
            raise too_large(self._max_request_bytes)
        return chunks

    async def _answer(self, request: web.Request, chunks: list[bytes]) -> web.StreamResponse:
        model_id, version = request.match_info["model"], request.match_info["version"]
        fault = self._faults.popleft() if self._faults else None
        body, received = await asyncio.to_thread(_parse, chunks, model_id, version)
        at = len(self.requests)
        self.requests.append(received)
        latency = self.latency_seconds + random.uniform(0, self.latency_spread_seconds)  # noqa: S311
        if latency:
            await asyncio.sleep(latency)
        await self._released.wait()
        if fault is not None and fault.fault in (Fault.TIMEOUT, Fault.DROPPED):
            return await _no_answer(request, fault.fault)
        reply = fault.reply(model_id) if fault is not None else None
        if reply is None:
            two = fault is not None and fault.fault is Fault.TWO_PICTURES
            reply = await asyncio.to_thread(self._draw, body, model_id, version, two)
        if fault is not None and fault.fault is Fault.DROPPED_HALFWAY:
            return await _half_answer(request, reply)
        self.requests[at] = replace(received, status=reply.status)
        return _response(reply)

    def _draw(self, body: Any, model_id: str, version: str, two_pictures: bool) -> Reply:
        """The answer to a request without a fault, be it a picture or a refusal. Runs in a thread."""
        try:
            request = read_request(body, find_model(model_id, version), self._max_pictures_per_prompt)
            if "IMAGE" not in request.modalities:
                return text_answer(request)
            with_draft = request.include_thoughts or self.always_send_thoughts
            if self.picture:
                drawing = prepared(self.picture, with_draft=with_draft)
            else:
                drawing = draw(request, self.mime_type, two_pictures=two_pictures, with_draft=with_draft)
        except Refusal as refusal:
            return refusal.reply()
        return picture_answer(request, drawing)


def _parse(chunks: list[bytes], model_id: str, version: str) -> tuple[Any, ReceivedRequest]:
    """The JSON (None when it is none) and its summary. Runs in a thread."""
    raw = b"".join(chunks)
    body = parse_json(raw)
    return body, summarise(model_id, version, len(raw), body)


def _response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, content_type=reply.content_type)


async def _no_answer(request: web.Request, fault: Fault) -> web.StreamResponse:
    if fault is Fault.TIMEOUT:
        await asyncio.sleep(_FOREVER)  # ends when the client goes away or the server stops
    if request.transport is not None:
        request.transport.close()
    return web.Response()


async def _half_answer(request: web.Request, reply: Reply) -> web.StreamResponse:
    response = web.StreamResponse()
    response.content_type = reply.content_type
    response.content_length = len(reply.body)
    await response.prepare(request)
    await response.write(reply.body[: len(reply.body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def _greet(_request: web.Request) -> web.Response:
    return web.Response(text=_GREETING)


async def _not_found(request: web.Request) -> web.Response:
    message = f"{request.method} {request.path} is nothing that this stand-in for Gemini knows."
    return _response(Refusal(message, "NOT_FOUND").reply())


async def _sign_as_stand_in(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = SERVER_NAME
