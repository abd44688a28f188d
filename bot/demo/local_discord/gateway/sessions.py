"""Gateway sessions: what each bot is told, and what it missed while its socket was gone."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from dataclasses import dataclass, field

from bot.demo.local_discord.events import Event, Json
from bot.demo.local_discord.intents import Intent
from bot.demo.local_discord.signals import Signal

DISPATCH = 0
REPLAYED_EVENTS = 10_000
"""How far back a RESUME may reach; Discord names no number, it forgets a session after some minutes."""


@dataclass(slots=True, eq=False)
class Session:
    """One IDENTIFY. It outlives its socket, so that a RESUME can go on where that broke off."""

    intents: Intent
    shard_id: int
    shard_count: int
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    sequence: int = 0
    ready: bool = False
    """READY and the guilds have been sent."""
    outbox: asyncio.Queue[str] | None = None
    """The frames for the socket; None while there is none."""
    _sent: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=REPLAYED_EVENTS))

    @property
    def connected(self) -> bool:
        return self.outbox is not None

    def wants(self, event: Event) -> bool:
        if event.intents and not event.intents & self.intents:
            return False
        # https://discord.com/developers/docs/events/gateway#sharding; direct messages go to shard 0
        return ((event.guild_id or 0) >> 22) % self.shard_count == self.shard_id

    def dispatch(self, name: str, data: Json) -> None:
        self.sequence += 1
        frame = json.dumps({"op": DISPATCH, "t": name, "s": self.sequence, "d": data})
        self._sent.append((self.sequence, frame))
        if self.outbox is not None:
            self.outbox.put_nowait(frame)

    def missed_since(self, sequence: int) -> list[str] | None:
        """The frames after a sequence number; None if they are no longer all here, or never were."""
        oldest = self._sent[0][0] if self._sent else self.sequence + 1
        if not oldest - 1 <= sequence <= self.sequence:
            return None
        return [frame for number, frame in self._sent if number > sequence]


class Sessions:
    """All sessions that can still be resumed, by id."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self.signal = Signal()
        """Told of every session that becomes ready, is resumed, or loses its socket."""

    def add(self, session: Session) -> None:
        """A bot that identifies anew has given up its lost sessions."""
        same_shard = (session.shard_id, session.shard_count)
        for other in list(self._sessions.values()):
            if not other.connected and (other.shard_id, other.shard_count) == same_shard:
                del self._sessions[other.id]
        self._sessions[session.id] = session

    def find(self, session_id: str) -> Session | None:
        return self._sessions.get(session_id)

    def forget(self) -> None:
        """Nothing can be resumed any more; sockets that are open stay open but are told nothing further."""
        self._sessions.clear()

    def publish(self, event: Event) -> None:
        for session in self._sessions.values():
            if session.ready and session.wants(event):
                hidden = event.without_content is not None and Intent.MESSAGE_CONTENT not in session.intents
                data = event.without_content if hidden else event.data
                session.dispatch(event.name, event.data if data is None else data)

    def is_anyone_ready(self) -> bool:
        return any(session.connected and session.ready for session in self._sessions.values())
