"""One websocket of a bot: hello, identify or resume, heartbeats, and the frames of its session."""

from __future__ import annotations

import asyncio
import contextlib
import json
from time import monotonic
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from bot.demo.local_discord import payloads
from bot.demo.local_discord.events import Json
from bot.demo.local_discord.gateway.compression import COMPRESSIONS
from bot.demo.local_discord.gateway.sessions import Session
from bot.demo.local_discord.intents import PRIVILEGED, Intent, application_flags

if TYPE_CHECKING:
    from bot.demo.local_discord.gateway.server import Gateway

HEARTBEAT, IDENTIFY, RESUME, REQUEST_MEMBERS = 1, 2, 6, 8
INVALID_SESSION, HELLO, HEARTBEAT_ACK = 9, 10, 11
CLOSE_SECONDS = 1.0
"""How long a bot that is told to go has to answer."""
UNKNOWN_ERROR, AUTHENTICATION_FAILED, DISALLOWED_INTENTS = 4000, 4004, 4014


class GatewaySocket:
    def __init__(self, gateway: Gateway, request: web.Request) -> None:
        self._gateway = gateway
        self._world = gateway.world
        self._request = request
        self._socket = web.WebSocketResponse(max_msg_size=0, timeout=CLOSE_SECONDS)
        compression = request.query.get("compress")
        self._compress = None if compression is None else COMPRESSIONS[compression]()
        self._outbox: asyncio.Queue[str] = asyncio.Queue()
        self._session: Session | None = None
        self._heard_at = monotonic()

    @property
    def heartbeat_delay(self) -> float:
        """Seconds since the next heartbeat was due; negative while it is not."""
        return monotonic() - self._heard_at - self._gateway.heartbeat_seconds

    async def serve(self) -> web.WebSocketResponse:
        await self._socket.prepare(self._request)
        writer = asyncio.create_task(self._write())
        self._send(HELLO, {"heartbeat_interval": round(self._gateway.heartbeat_seconds * 1000)})
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    await self._receive(json.loads(message.data))
        finally:
            self._lose_session()
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer
        return self._socket

    async def cut(self) -> None:
        """Closes from the server's side with a code that lets discord.py come back."""
        self._lose_session()
        await self._socket.close(code=UNKNOWN_ERROR)

    async def _write(self) -> None:
        while True:
            frame = await self._outbox.get()
            with contextlib.suppress(ConnectionError):  # the reader notices that the bot is gone
                if self._compress is None:
                    await self._socket.send_str(frame)
                else:
                    await self._socket.send_bytes(self._compress(frame.encode()))

    def _send(self, op: int, data: Json | bool | None) -> None:
        self._outbox.put_nowait(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    async def _receive(self, frame: Json) -> None:
        op, data = frame["op"], frame["d"]
        if op == HEARTBEAT:
            self._gateway.take_heartbeat(self.heartbeat_delay)
            self._heard_at = monotonic()
            self._send(HEARTBEAT_ACK, None)
        elif op == IDENTIFY:
            await self._identify(data)
        elif op == RESUME:
            await self._resume(data)
        elif op == REQUEST_MEMBERS and self._session is not None:
            self._list_members(self._session, data)

    async def _identify(self, data: Json) -> None:
        self._gateway.identify_count += 1
        if data["token"] != self._world.token:
            await self._socket.close(code=AUTHENTICATION_FAILED, message=b"Authentication failed.")
            return
        intents = Intent(data["intents"])
        if intents & PRIVILEGED & ~self._world.granted_intents:
            await self._socket.close(code=DISALLOWED_INTENTS, message=b"Disallowed intent(s).")
            return
        shard_id, shard_count = data.get("shard", (0, 1))
        session = Session(intents, shard_id, shard_count)
        self._attach(session)
        self._world.sessions.add(session)
        self._welcome(session)

    async def _resume(self, data: Json) -> None:
        session = self._world.sessions.find(data["session_id"])
        if data["token"] != self._world.token:
            await self._socket.close(code=AUTHENTICATION_FAILED, message=b"Authentication failed.")
            return
        missed = None if session is None else session.missed_since(data["seq"])
        if session is None or missed is None:
            self._send(INVALID_SESSION, False)
            return
        self._gateway.resume_count += 1
        for each in missed:
            self._outbox.put_nowait(each)
        self._attach(session)
        session.dispatch("RESUMED", {})
        self._world.sessions.signal.changed()

    def _attach(self, session: Session) -> None:
        session.outbox = self._outbox
        self._session = session

    def _lose_session(self) -> None:
        if self._session is not None and self._session.outbox is self._outbox:
            self._session.outbox = None
        self._session = None
        self._world.sessions.signal.changed()

    def _welcome(self, session: Session) -> None:
        world = self._world
        joined = [guild for guild in world.guilds.values() if guild.bot_is_member]
        mine = [guild for guild in joined if (guild.id >> 22) % session.shard_count == session.shard_id]
        ready: Json = {
            "v": 10,
            "user": payloads.user(world.bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in mine],
            "session_id": session.id,
            "resume_gateway_url": self._gateway.url,
            "shard": [session.shard_id, session.shard_count],
            "application": {
                "id": str(world.application_id),
                "flags": application_flags(world.granted_intents),
            },
        }
        session.dispatch("READY", ready)
        for guild in mine:
            shown = payloads.guild_create(guild, with_members=Intent.GUILD_MEMBERS in session.intents)
            session.dispatch("GUILD_CREATE", shown | {"unavailable": False})
        session.ready = True
        world.sessions.signal.changed()

    def _list_members(self, session: Session, data: Json) -> None:
        guild = self._world.guilds[int(data["guild_id"])]
        wanted = {int(user_id) for user_id in data.get("user_ids") or []}
        prefix = (data.get("query") or "").lower()
        found = [
            payloads.member(guild, entry)
            for entry in guild.members.values()
            if (entry.user.id in wanted if wanted else entry.user.name.lower().startswith(prefix))
        ]
        chunk: Json = {"guild_id": str(guild.id), "members": found, "chunk_index": 0, "chunk_count": 1}
        session.dispatch("GUILD_MEMBERS_CHUNK", chunk | {"nonce": data.get("nonce"), "not_found": []})
