"""Every request on its way in and out: faults, authorization, the log, and errors as Discord words them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from bot.demo.local_discord import errors
from bot.demo.local_discord.faults import Fault, Faults, Reply
from bot.demo.local_discord.rest import account, cdn, channels, commands, guilds, interactions, messages, threads
from bot.demo.local_discord.rest.call import Call, Handler, Limits
from bot.demo.local_discord.world import World

API_PATH = "/api/v10"
WITHOUT_AUTHORIZATION = ("/interactions/", "/webhooks/")
"""The token in the path is enough."""
ROUTES = [
    *account.ROUTES,
    *channels.ROUTES,
    *commands.ROUTES,
    *guilds.ROUTES,
    *interactions.ROUTES,
    *messages.ROUTES,
    *threads.ROUTES,
]


@dataclass(slots=True, eq=False)
class Request:
    """One line of the log; `path` is without /api/v10, `status` None while it runs and if the connection was cut."""

    method: str
    path: str
    files: bool
    """Whether it brings any."""
    status: int | None = None


class RestServer:
    def __init__(self, world: World) -> None:
        self._world = world
        self.limits = Limits()
        self.faults = Faults()
        self.requests: list[Request] = []
        self.unknown_requests: list[Request] = []
        """Those to routes that the local Discord does not have."""

    def add_routes(self, router: web.UrlDispatcher) -> None:
        for method, path, handler in ROUTES:
            router.add_route(method, API_PATH + path, self._api_route(handler))
        router.add_route("GET", cdn.PATH, self._watched(self._serve_file))
        router.add_route("*", "/{path:.*}", self._watched(self._unknown))

    def _api_route(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request, _entry: Request) -> web.Response:
            try:
                self._authorize(request)
                result = await handler(Call(request, self._world, self.limits))
            except errors.ApiError as refusal:
                return _response(Reply(refusal.status, refusal.body.decode(), refusal.content_type))
            if result is None:
                return web.Response(status=204, headers={"Via": "1.1 google"})
            return _response(Reply(200, json.dumps(result)))

        return self._watched(answer)

    def _watched(
        self, answer: Callable[[web.Request, Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def watched(request: web.Request) -> web.StreamResponse:
            files = request.content_type == "multipart/form-data"
            entry = Request(request.method, request.path.removeprefix(API_PATH), files)
            self.requests.append(entry)
            fault = self.faults.take(entry.method, entry.path, files=files)
            if fault is not None and fault.pause is not None and not fault.pauses_answer:
                await fault.pause.wait()
            if fault is not None and fault.before == "drop":
                return _cut(request)
            try:
                response = await self._answer(request, entry, fault, answer)
            except ConnectionResetError:  # the bot is gone, and its request is not whole: there is nobody to answer
                return _cut(request)
            if fault is not None and fault.pause is not None and fault.pauses_answer:
                fault.reached.set()
                await fault.pause.wait()
            if fault is not None and fault.after == "drop":
                return _cut(request)
            entry.status = response.status
            return response

        return watched

    async def _answer(
        self,
        request: web.Request,
        entry: Request,
        fault: Fault | None,
        answer: Callable[[web.Request, Request], Awaitable[web.Response]],
    ) -> web.Response:
        if fault is None or fault.reply is None:
            return await answer(request, entry)
        async for _chunk in request.content.iter_any():  # or the client could see a broken pipe instead
            pass
        return _response(fault.reply)

    def _authorize(self, request: web.Request) -> None:
        if request.path.removeprefix(API_PATH).startswith(WITHOUT_AUTHORIZATION):
            return
        if request.headers.get("Authorization") != f"Bot {self._world.token}":
            raise errors.unauthorized()

    async def _serve_file(self, request: web.Request, _entry: Request) -> web.Response:
        return cdn.serve(self._world, request)

    async def _unknown(self, _request: web.Request, entry: Request) -> web.Response:
        self.unknown_requests.append(entry)
        text = f"the local Discord has no route for {entry.method} {entry.path}"
        return _response(Reply(404, json.dumps({"message": text, "code": 0})))


def _response(reply: Reply) -> web.Response:
    # discord.py parses JSON only if the Content-Type is exactly application/json, without a charset.
    headers = reply.headers or {"Via": "1.1 google"}
    return web.Response(status=reply.status, body=reply.body.encode(), content_type=reply.content_type, headers=headers)


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
