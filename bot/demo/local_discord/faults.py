"""Faults on command: answers that are errors, and connections that break before or after the request was taken."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from bot.demo.local_discord.events import Json


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in place of the real one. `headers` are beside the Content-Type."""

    status: int
    body: str
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Fault:
    """One fault for the next `times` requests to a path such as "/channels/*/messages"; `*` also stands for slashes."""

    method: str
    path: str
    times: int
    reply: Reply | None = None
    before: Literal["drop"] | None = None
    after: Literal["drop"] | None = None
    pause: asyncio.Event | None = None
    pauses_answer: bool = False
    """The request has its effect at once, and its answer waits."""
    files: bool = False
    """Only requests that bring files meet it."""
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by the first request that meets the fault, or, with `pauses_answer`, that has had its effect."""

    def release(self) -> None:
        """Lets the requests go on that `Faults.hold` holds."""
        if self.pause is not None:
            self.pause.set()


class Faults:
    """Each request meets at most one fault, the oldest that fits; without faults Discord behaves."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(
        self,
        method: str,
        path: str,
        *,
        status: int | None = None,
        code: int = 0,
        body: str | None = None,
        headers: dict[str, str] | None = None,
        times: int = 1,
        before: Literal["drop"] | None = None,
        after: Literal["drop"] | None = None,
        files: bool = False,
    ) -> Fault:
        """Answers with an error, in JSON with `code` or as the text `body`, or cuts the connection.

        Cut `before`, the request has no effect; cut `after`, it has its whole effect and the client never learns of
        it. An error answer has no effect either. With `files`, only requests that bring files meet the fault.
        """
        if [status is not None, before is not None, after is not None].count(True) != 1:
            raise ValueError("a fault is one of status=, before='drop' and after='drop'")
        reply = None if status is None else _reply(status, code, body, headers or {})
        return self._keep(Fault(method, path, times, reply, before, after, files=files))

    def rate_limit(
        self,
        method: str,
        path: str,
        *,
        retry_after: float,
        via: bool = True,
        everywhere: bool = False,
        times: int = 1,
        files: bool = False,
    ) -> Fault:
        """A 429. discord.py waits it out only with the `Via` header of Discord's own proxy; `everywhere` is the
        limit over all routes."""
        body: Json = {"message": "You are being rate limited.", "retry_after": retry_after, "global": everywhere}
        headers = {"Retry-After": str(retry_after)} | ({"Via": "1.1 google"} if via else {})
        return self._keep(Fault(method, path, times, Reply(429, json.dumps(body), headers=headers), files=files))

    def hold(self, method: str, path: str, *, times: int = 1, files: bool = False) -> Fault:
        """Lets requests wait, untouched, until `release()`; `await fault.reached.wait()` tells that one has come."""
        return self._keep(Fault(method, path, times, pause=asyncio.Event(), files=files))

    def hold_answer(self, method: str, path: str, *, times: int = 1, files: bool = False) -> Fault:
        """Lets answers wait until `release()`, to requests that have had their effect by then."""
        return self._keep(Fault(method, path, times, pause=asyncio.Event(), pauses_answer=True, files=files))

    def clear(self) -> None:
        for fault in self._faults:
            fault.release()
        self._faults.clear()

    def take(self, method: str, path: str, *, files: bool) -> Fault | None:
        """The fault that this request meets, which it uses up."""
        for fault in self._faults:
            fits = fault.method == method and fnmatchcase(path, fault.path) and (files or not fault.files)
            if fits and fault.times > 0:
                fault.times -= 1
                if not fault.pauses_answer:
                    fault.reached.set()
                return fault
        return None

    def _keep(self, fault: Fault) -> Fault:
        self._faults.append(fault)
        return fault


def _reply(status: int, code: int, body: str | None, headers: dict[str, str]) -> Reply:
    headers = {"Via": "1.1 google"} | headers
    if body is not None:
        return Reply(status, body, "text/html", headers)
    return Reply(status, json.dumps({"message": "A fault on command", "code": code}), headers=headers)
