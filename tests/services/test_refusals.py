"""Everything that Gemini may answer instead of a picture, or not at all.

Each with what the member reads, what is stored, and that the chat goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

import pytest

from bot.demo.local_gemini import Fault, LocalGemini
from bot.domain import TurnState
from stage import Stage, bot_messages, chat_of, last, photo, pictures, said
from storage.database import Database
from workshop import Wall, Workshop


@dataclass(frozen=True)
class Case:
    """A fault, words of the sentence it must lead to, the state its turn ends in, and how often Gemini is asked."""

    fault: Fault
    says: str
    state: TurnState = TurnState.FAILED
    parameters: dict[str, object] = field(default_factory=dict)
    calls: int = 1


REFUSED = TurnState.REFUSED
CASES = [
    Case(Fault.PROMPT_BLOCKED, "filters blocked it. Rephrase", REFUSED),
    Case(Fault.PICTURE_BLOCKED, "held it back. Rephrase", REFUSED, {"reason": "IMAGE_PROHIBITED_CONTENT"}),
    Case(Fault.PICTURE_BLOCKED, "Trying once more can help", REFUSED, {"reason": "IMAGE_SAFETY"}),
    Case(Fault.PICTURE_BLOCKED, "too close to an existing work", REFUSED, {"reason": "IMAGE_RECITATION"}),
    Case(Fault.PICTURE_BLOCKED, "no picture this time", REFUSED, {"reason": "IMAGE_OTHER"}, calls=2),
    Case(Fault.TEXT_ONLY, "in words instead of a picture: “Which hat?”", REFUSED, {"text": "Which hat?"}),
    Case(Fault.NO_IMAGE, "no picture this time", REFUSED, calls=2),
    Case(Fault.EMPTY, "no picture this time", REFUSED, calls=2),
    Case(Fault.NO_BODY, "no picture this time", REFUSED, calls=2),
    Case(Fault.UNKNOWN_FINISH, "no picture this time", REFUSED, calls=2),
    Case(Fault.RATE_LIMITED, "Try again in 46 seconds", parameters={"retry_delay": 45.8}),
    Case(Fault.RATE_LIMITED, "Try again in 10 minutes", parameters={"retry_delay": 590}),
    Case(Fault.DAILY_QUOTA, "Try again tomorrow"),
    Case(Fault.NO_BILLING, "tell whoever runs this bot"),
    Case(Fault.BAD_KEY, "API key is not valid. Please tell whoever runs this bot"),
    Case(Fault.NO_KEY, "does not accept my API key. Please tell whoever runs this bot"),
    Case(Fault.NO_CREDIT, "prepaid credit for Gemini is used up. Please tell whoever runs this bot"),
    Case(Fault.SERVER_ERROR, "in a few minutes", calls=3),
    Case(Fault.OVERLOADED, "in a few minutes", calls=3),
    Case(Fault.DEADLINE, "in a few minutes", calls=3),
    Case(Fault.HTML_ERROR, "in a few minutes", calls=3),
    Case(Fault.NOT_JSON, "could not be read"),
    Case(Fault.DROPPED, "connection to Gemini broke"),
    Case(Fault.DROPPED_HALFWAY, "connection to Gemini broke"),
    Case(Fault.REQUEST_TOO_LARGE, "more than Gemini takes at once", calls=2),
]


async def test_each_has_its_own_sentence_leaves_the_chat_as_it_was_and_the_next_prompt_works(
    stage: Stage, subtests: pytest.Subtests
) -> None:
    """All of them in one chat, one after another."""
    await stage.start()
    for version, case in enumerate(CASES, start=2):
        with subtests.test(f"{case.fault} {case.parameters}"):
            before = await chat_of(stage, stage.alice)
            asked, posted = len(stage.gemini.requests), len(bot_messages(stage.thread))
            stage.gemini.fail_next(case.fault, times=case.calls, **case.parameters)

            await stage.alice.send(stage.thread, "warmer")

            assert case.says in last(stage.thread)
            assert len(bot_messages(stage.thread)) == posted + 1
            assert len(stage.gemini.requests) == asked + case.calls
            async with stage.database.snapshot() as repos:
                assert await repos.chats.of_user(stage.alice.id) == before
                turn = await repos.turns.newest_of_user(stage.alice.id)
            assert turn is not None
            assert turn.state is case.state
            assert turn.version is None
            shown = said(await stage.alice.slash(stage.thread, "identity show"))
            assert case.says in shown

            await stage.alice.send(stage.thread, "darker")

            assert f"v{version}" in pictures(stage.thread)[-1].content
            assert len(stage.gemini.requests[-1].contents) == 2 * version - 1  # as if the other had not been


async def test_no_answer_in_time_is_told_and_the_next_prompt_works(
    gemini: LocalGemini, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = Wall()
    workshop = Workshop(database, gemini.url, wall, count(1))
    await workshop.open()
    await workshop.start(photo())
    await workshop.idle()

    gemini.fail_next(Fault.TIMEOUT)
    with monkeypatch.context() as hasty:
        hasty.setattr(workshop._gemini, "_timeout_seconds", 0.1)
        await workshop.edit("warmer")
        await workshop.idle()
    async with workshop.database.snapshot() as repos:
        failed = await repos.turns.newest_of_user(workshop.USER)
    await workshop.edit("darker")
    await workshop.idle()
    async with workshop.database.snapshot() as repos:
        posted = await repos.turns.newest_of_user(workshop.USER)
    await workshop.close()

    assert failed is not None
    assert posted is not None
    assert (failed.state, failed.version) == (TurnState.FAILED, None)
    assert ["did not answer within" in each for each in wall.problems] == [True]
    assert (posted.state, posted.version) == (TurnState.POSTED, 2)
    assert len(gemini.requests) == 3


async def test_no_picture_once_is_tried_again_and_answered_with_one(stage: Stage) -> None:
    await stage.start()
    stage.gemini.fail_next(Fault.NO_IMAGE)

    await stage.alice.send(stage.thread, "warmer")

    assert len(stage.gemini.requests) == 3
    assert len(pictures(stage.thread)) == 2
    assert len(bot_messages(stage.thread)) == 2


@pytest.mark.parametrize(("fault", "parameters"), [(Fault.OVERLOADED, {}), (Fault.RATE_LIMITED, {"retry_delay": 0.01})])
async def test_a_passing_trouble_of_gemini_is_waited_out(
    stage: Stage, fault: Fault, parameters: dict[str, object]
) -> None:
    await stage.start()
    stage.gemini.fail_next(fault, times=2, **parameters)

    await stage.alice.send(stage.thread, "warmer")

    assert len(pictures(stage.thread)) == 2
    assert len(bot_messages(stage.thread)) == 2
    assert len(stage.gemini.requests) == 4


async def test_words_of_the_model_ping_nobody_and_stay_plain(stage: Stage) -> None:
    await stage.start()
    stage.gemini.fail_next(Fault.TEXT_ONLY, text="**No** @everyone, [see](https://example.org)")

    await stage.alice.send(stage.thread, "warmer")

    message = bot_messages(stage.thread)[-1]
    assert "**No**" not in message.content
    assert "@everyone" not in message.content
    assert not message.mention_everyone


async def test_a_drafts_picture_is_never_posted(stage: Stage) -> None:
    """The local Gemini sends a small draft among its thoughts, before the picture."""
    await stage.start()

    (first,) = pictures(stage.thread)
    async with stage.database.snapshot() as repos:
        chat = await repos.chats.of_user(stage.alice.id)
        assert chat is not None
        (turn,) = await repos.turns.path(chat.head_turn_id)
        assert turn.model_content is not None
        stored = await repos.images.load([turn.picture_sha256 or ""])
    assert first.attachments[0].size == len(next(iter(stored.values())).data)
    assert not any(part.get("thought") for part in turn.model_content["parts"])
    assert sum("inline_data" in part for part in turn.model_content["parts"]) == 1


async def test_of_two_pictures_the_last_is_taken_and_the_chat_goes_on(stage: Stage) -> None:
    stage.gemini.fail_next(Fault.TWO_PICTURES)
    await stage.start()

    await stage.alice.send(stage.thread, "warmer")

    assert len(pictures(stage.thread)) == 2


async def test_a_history_that_is_not_accepted_is_rebuilt_once_from_its_newest_picture(stage: Stage) -> None:
    await stage.start()
    stage.gemini.fail_next(Fault.SIGNATURE_REJECTED)

    await stage.alice.send(stage.thread, "warmer")
    await stage.alice.send(stage.thread, "darker")

    _, rejected, rebuilt, after = stage.gemini.requests
    assert len(rejected.contents) == 3
    assert len(rebuilt.contents) == 1
    reference, head = (part["inlineData"]["sha256"] for part in rebuilt.contents[0]["parts"][:2])
    assert reference == rejected.contents[0]["parts"][1]["inlineData"]["sha256"]
    assert head == rejected.contents[1]["parts"][-1]["inlineData"]["sha256"]
    assert len(after.contents) == 3
    assert ["v3" in message.content for message in pictures(stage.thread)] == [False, False, True]


async def test_a_request_that_is_too_large_is_sent_once_more_without_its_oldest_edits(stage: Stage) -> None:
    stage.gemini.picture = None  # it draws some of a size that counts
    await stage.start()
    for prompt in ("warmer", "darker", "sepia"):
        await stage.alice.send(stage.thread, prompt)
    await stage.restart(gemini_max_request_bytes=stage.gemini.requests[-1].body_size * 3 // 2)
    stage.gemini.fail_next(Fault.REQUEST_TOO_LARGE)

    await stage.alice.send(stage.thread, "mirror")

    *_, large, smaller = stage.gemini.requests
    assert smaller.body_size < large.body_size
    assert smaller.contents[0] == large.contents[0]
    assert smaller.contents[-3:] == large.contents[-3:]
    assert "v5" in pictures(stage.thread)[-1].content


async def test_a_request_that_is_too_large_with_nothing_to_leave_out_goes_on_from_the_newest_picture(
    stage: Stage,
) -> None:
    await stage.start()
    stage.gemini.fail_next(Fault.REQUEST_TOO_LARGE)

    await stage.alice.send(stage.thread, "warmer")

    assert [len(request.contents) for request in stage.gemini.requests] == [1, 3, 1]
    assert len(stage.gemini.requests[2].contents[0]["parts"]) == 3  # the reference photo, the picture, the words
    assert len(pictures(stage.thread)) == 2


async def test_an_unexpected_fault_gives_a_reference_and_the_queue_goes_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.start()
    generation = stage.bot._queue._generation
    with monkeypatch.context() as broken:
        broken.setattr(generation, "_gemini", None)
        await stage.alice.send(stage.thread, "warmer")
    failed = last(stage.thread)

    await stage.alice.send(stage.thread, "darker")

    assert "reference `" in failed
    assert "NoneType" not in failed
    assert len(pictures(stage.thread)) == 2
