"""Whatever is asked in whatever order: the chat stays whole, and Gemini accepts what is sent of it."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Coroutine
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, union

from bot.demo.local_gemini import Fault, LocalGemini
from bot.domain import Turn, TurnState, picture_hashes
from bot.errors import InvalidInput
from stage import database_in, photo
from storage.tables import IdentityImageChatRow, ImageBytesRow, ImageRow, ReferencePhotoRow, TurnImageRow, TurnRow
from workshop import Wall, Workshop

T = TypeVar("T")

photos = st.builds(photo, st.tuples(*[st.integers(0, 255)] * 3), st.just((64, 80)))
prompts = st.sampled_from(["warmer", "mirror it", "add a hat"])
faults = st.sampled_from([Fault.SERVER_ERROR, Fault.NO_IMAGE, Fault.PROMPT_BLOCKED, Fault.TWO_PICTURES])
numbers = st.integers(0, 5)


class Conversation(RuleBasedStateMachine):
    """One user's chat, over any number of processes."""

    def __init__(self, empty_database: Path) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(mkdtemp(prefix="conversation"))
        shutil.copy(empty_database, self.folder / "bot.db")
        self.gemini = LocalGemini(api_key="the-key")
        self.wall = Wall()
        self.sources = count(1000)
        self.run(self.gemini.__aenter__())
        self.workshop = self._open()

    def teardown(self) -> None:
        self.run(self.workshop.close())
        self.run(self.gemini.__aexit__(None, None, None))
        self.runner.close()
        shutil.rmtree(self.folder)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def ask(self, work: Coroutine[Any, Any, object]) -> None:
        """Asks for it and waits for what comes of it; what cannot be done is refused."""

        async def asked() -> None:
            with contextlib.suppress(InvalidInput):
                await work
            await self.workshop.idle()

        self.run(asked())

    def trouble(self, fault: Fault | None) -> None:
        if fault is not None:
            self.gemini.fail_next(fault, times=3 if fault is Fault.SERVER_ERROR else 1)

    # --- what people do ---------------------------------------------------------------------------

    @initialize(image=photos)
    def begin(self, image: bytes) -> None:
        self.ask(self.workshop.start(image))

    @rule(image=photos, fault=st.none() | faults)
    def start(self, image: bytes, fault: Fault | None) -> None:
        self.trouble(fault)
        self.ask(self.workshop.start(image))

    @rule(prompt=prompts, image=st.none() | photos)
    def edit(self, prompt: str, image: bytes | None) -> None:
        self.ask(self.workshop.edit(prompt, *([] if image is None else [image])))

    @rule(image=photos, fault=faults)
    def edit_in_trouble(self, image: bytes, fault: Fault) -> None:
        self.trouble(None if self.chat() is None else fault)
        self.ask(self.workshop.edit("wear this", image))

    @rule(prompt=prompts, number=numbers)
    def reply_to_a_picture(self, prompt: str, number: int) -> None:
        shown = [turn.reply_message_id for turn in self.turns() if turn.picture_sha256 and turn.reply_message_id]
        self.ask(self.workshop.edit(prompt, replied_to=shown[number % len(shown)] if shown else None))

    @rule(number=st.integers(2, 4))
    def several_at_once(self, number: int) -> None:
        async def write() -> None:
            await asyncio.gather(*(self.workshop.edit(f"prompt {each}") for each in range(number)))

        self.ask(write())

    @rule(where=st.sampled_from(["undo", "undo", "redo", "use"]), number=numbers)
    def step(self, where: str, number: int) -> None:
        versions, own = self.workshop.versions, self.workshop.own()
        if where == "use":
            self.ask(versions.use(own, self.some_turn(number)))
        else:
            self.ask(versions.undo(own) if where == "undo" else versions.redo(own))

    @rule()
    def again(self) -> None:
        self.ask(self.workshop.versions.again(self.workshop.own(), self.workshop.next_source()))

    @rule(number=numbers)
    def try_again(self, number: int) -> None:
        failed = [turn.id for turn in self.turns() if turn.retryable]
        self.ask(self.workshop.versions.try_again(failed[number % len(failed)] if failed else 0, self.workshop.own()))

    @rule(everything=st.booleans())
    def delete(self, everything: bool) -> None:
        if everything:
            self.ask(self.workshop.privacy.delete_everything(Workshop.USER))
        else:
            self.ask(self.workshop.chats.end(self.workshop.own()))

    @rule()
    def discord_turns_the_next_picture_down(self) -> None:
        self.wall.forbidden = 1

    @rule(prompt=st.none() | prompts, image=photos)
    def restart(self, prompt: str | None, image: bytes) -> None:
        """With a prompt, while that is being drawn: an edit, or a start where there is no chat."""
        begins = self.chat() is None

        async def ask_and_stop() -> None:
            if prompt is not None:
                await (self.workshop.start(image) if begins else self.workshop.edit(prompt, image))
            await self.workshop.close()

        self.gemini.latency_seconds = 600
        self.run(ask_and_stop())
        self.gemini.latency_seconds = 0
        self.workshop = self._open()

    # --- what holds all the while -----------------------------------------------------------------

    @invariant()
    def the_head_is_on_a_path_to_a_root(self) -> None:
        chat = self.chat()
        if chat is None:
            return
        path = self.run(self._path(chat.head_turn_id))
        assert path[-1].id == chat.head_turn_id
        assert [turn.parent_id for turn in path] == [None, *(turn.id for turn in path[:-1])]
        assert all(turn.drawn and turn.chat_id == chat.id for turn in path)

    @invariant()
    def every_picture_is_referred_to_and_every_reference_has_its_picture(self) -> None:
        pictures = {row.sha256 for row in self.rows(select(ImageRow.sha256))}
        drawn = [turn for turn in self.turns() if turn.picture_sha256 and turn.model_content]
        contents = (content for turn in drawn for content in (turn.user_content, turn.model_content or {}))
        assert {turn.picture_sha256 for turn in drawn} | set(picture_hashes(contents)) <= pictures
        assert {row.sha256 for row in self.rows(select(ImageBytesRow.sha256))} == pictures
        named = union(select(TurnImageRow.sha256), select(ReferencePhotoRow.sha256))
        assert {row.sha256 for row in self.rows(named)} == pictures

    @invariant()
    def nothing_is_left_to_do_and_every_picture_is_posted_once(self) -> None:
        turns = self.turns()
        assert not {turn.state for turn in turns} & {TurnState.ASKED, TurnState.GENERATED}
        assert self.rows(select(TurnRow.id).where(TurnRow.problem.is_not(None), TurnRow.told_at.is_(None))) == []
        assert self.wall.lines == {}
        assert all(len(messages) <= 1 for messages in self.wall.pictures.values())
        for turn in turns:
            if turn.state is TurnState.POSTED:
                assert self.wall.pictures[turn.id] == [turn.reply_message_id]

    @invariant()
    def gemini_accepts_the_history(self) -> None:
        assert [request.status for request in self.gemini.requests if request.status == 400] == []

    # --- how it is known --------------------------------------------------------------------------

    def chat(self) -> IdentityImageChatRow | None:
        chats = self.rows(select(IdentityImageChatRow))
        assert len(chats) <= 1
        return chats[0] if chats else None

    def turns(self) -> list[TurnRow]:
        return self.rows(select(TurnRow).order_by(TurnRow.id))

    def some_turn(self, number: int) -> int:
        """The id of any turn, 0 when there is none."""
        turns = self.turns()
        return turns[number % len(turns)].id if turns else 0

    def rows(self, query: Any) -> list[Any]:
        async def read() -> list[Any]:
            async with self.workshop.database.snapshot() as repos:
                return list(await repos.turns._connection.execute(query))

        return self.run(read())

    async def _path(self, head: int | None) -> list[Turn]:
        async with self.workshop.database.snapshot() as repos:
            return await repos.turns.path(head)

    def _open(self) -> Workshop:
        workshop = Workshop(database_in(self.folder / "bot.db"), self.gemini.url, self.wall, self.sources)

        async def open_and_finish() -> None:
            await workshop.open()
            await workshop.idle()

        self.run(open_and_finish())
        return workshop


def test_whatever_is_asked_the_chat_stays_whole(compiled_once: None, empty_database: Path) -> None:
    run_state_machine_as_test(
        partial(Conversation, empty_database),  # type: ignore[arg-type]  # anything that makes one
        settings=settings(max_examples=6, stateful_step_count=12, deadline=None),
    )
