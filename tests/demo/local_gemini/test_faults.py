"""Each fault as a plain client and as google-genai see it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from bot.demo.local_gemini import Fault, LocalGemini, server
from demo.local_gemini.conversation import Conversation, body, text, user

ASK = body(user(text("hi")))


async def arrival(gemini: LocalGemini) -> None:
    """Returns once a request has come in."""
    for _ in range(500):
        if gemini.requests:
            return
        await asyncio.sleep(0.01)
    pytest.fail("no request came in")


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        (Fault.RATE_LIMITED, 429, "RESOURCE_EXHAUSTED"),
        (Fault.DAILY_QUOTA, 429, "RESOURCE_EXHAUSTED"),
        (Fault.NO_BILLING, 429, "RESOURCE_EXHAUSTED"),
        (Fault.BAD_KEY, 400, "INVALID_ARGUMENT"),
        (Fault.NO_KEY, 403, "PERMISSION_DENIED"),
        (Fault.NO_CREDIT, 402, "FAILED_PRECONDITION"),
        (Fault.SERVER_ERROR, 500, "INTERNAL"),
        (Fault.OVERLOADED, 503, "UNAVAILABLE"),
        (Fault.DEADLINE, 504, "DEADLINE_EXCEEDED"),
        (Fault.REQUEST_TOO_LARGE, 400, "INVALID_ARGUMENT"),
        (Fault.SIGNATURE_REJECTED, 400, "INVALID_ARGUMENT"),
    ],
)
async def test_errors_have_the_shape_of_google(
    gemini: LocalGemini, conversation: Conversation, fault: Fault, code: int, status: str
) -> None:
    gemini.fail_next(fault)

    answered, answer = await conversation.post(ASK)

    assert (answered, answer["error"]["code"], answer["error"]["status"]) == (code, code, status)
    assert gemini.requests[-1].status == code


async def test_fault_lasts_as_often_as_it_was_asked_for(gemini: LocalGemini, conversation: Conversation) -> None:
    gemini.fail_next(Fault.OVERLOADED, times=2)
    gemini.fail_next(Fault.RATE_LIMITED)

    statuses = [(await conversation.post(ASK))[0] for _ in range(4)]

    assert statuses == [503, 503, 429, 200]


async def test_rate_limit_says_how_long_to_wait_in_the_body_alone(gemini: LocalGemini) -> None:
    gemini.fail_next(Fault.RATE_LIMITED)
    gemini.fail_next(Fault.RATE_LIMITED, retry_delay=2)

    async with aiohttp.ClientSession(headers={"x-goog-api-key": "k"}) as session:
        delays = [await _retry_delay(session, gemini.url) for _ in range(2)]

    assert delays == ["45.837906927s", "2s"]


async def _retry_delay(session: aiohttp.ClientSession, url: str) -> str:
    path = "/v1/models/gemini-3.1-flash-image:generateContent"
    async with session.post(url + path, json=ASK) as answer:
        assert "Retry-After" not in answer.headers
        details = {each["@type"].rsplit(".")[-1]: each for each in (await answer.json())["error"]["details"]}
    assert "PerMinute" in details["QuotaFailure"]["violations"][0]["quotaId"]
    delay: str = details["RetryInfo"]["retryDelay"]
    return delay


async def test_final_quotas_name_the_day_or_a_limit_of_zero(gemini: LocalGemini, conversation: Conversation) -> None:
    gemini.fail_next(Fault.DAILY_QUOTA, limit=70)
    gemini.fail_next(Fault.NO_BILLING)

    _, daily = await conversation.post(ASK)
    _, no_billing = await conversation.post(ASK)

    assert "PerDay" in daily["error"]["details"][0]["violations"][0]["quotaId"]
    assert "limit: 70" in daily["error"]["message"]
    assert "limit: 0" in no_billing["error"]["message"]


async def test_bad_key_is_told_by_its_reason(gemini: LocalGemini, conversation: Conversation) -> None:
    gemini.fail_next(Fault.BAD_KEY)

    _, answer = await conversation.post(ASK)

    assert answer["error"]["details"][0]["reason"] == "API_KEY_INVALID"


@pytest.mark.parametrize("reason", ["PROHIBITED_CONTENT", "SAFETY", "BLOCKLIST"])
async def test_blocked_prompt_has_a_reason_and_no_candidates(
    gemini: LocalGemini, conversation: Conversation, reason: str
) -> None:
    gemini.fail_next(Fault.PROMPT_BLOCKED, reason=reason)

    status, answer = await conversation.post(ASK)

    assert status == 200
    assert answer["promptFeedback"] == {"blockReason": reason}
    assert "candidates" not in answer


@pytest.mark.parametrize(
    ("fault", "parameters", "reason"),
    [
        (Fault.PICTURE_BLOCKED, {}, "IMAGE_SAFETY"),
        (Fault.PICTURE_BLOCKED, {"reason": "IMAGE_PROHIBITED_CONTENT"}, "IMAGE_PROHIBITED_CONTENT"),
        (Fault.NO_IMAGE, {}, "NO_IMAGE"),
        (Fault.UNKNOWN_FINISH, {}, "IMAGE_MELTED"),
    ],
)
async def test_candidate_without_content_says_why(
    gemini: LocalGemini, conversation: Conversation, fault: Fault, parameters: Any, reason: str
) -> None:
    gemini.fail_next(fault, **parameters)

    _, answer = await conversation.post(ASK)

    (candidate,) = answer["candidates"]
    assert candidate["finishReason"] == reason
    assert candidate["finishMessage"]
    assert "content" not in candidate


async def test_text_only_is_a_finished_answer(gemini: LocalGemini, conversation: Conversation) -> None:
    gemini.fail_next(Fault.TEXT_ONLY, text="Which of the two people?")

    _, answer = await conversation.post(ASK)

    assert answer["candidates"][0]["finishReason"] == "STOP"
    assert answer["candidates"][0]["content"]["parts"] == [{"text": "Which of the two people?"}]


async def test_empty_answer_has_no_candidates(gemini: LocalGemini, conversation: Conversation) -> None:
    gemini.fail_next(Fault.EMPTY)

    _, answer = await conversation.post(ASK)

    assert answer["candidates"] == []
    assert "promptFeedback" not in answer


async def test_two_pictures_are_signed_each(gemini: LocalGemini, conversation: Conversation) -> None:
    gemini.fail_next(Fault.TWO_PICTURES)

    _, content = await conversation.picture(ASK)

    final = [part for part in content["parts"] if "inlineData" in part and not part.get("thought")]
    assert len({part["thoughtSignature"] for part in final}) == 2
    await conversation.picture(body(user(text("hi")), content, user(text("warmer"))))


async def test_size_and_signature_errors_take_their_numbers(gemini: LocalGemini, conversation: Conversation) -> None:
    gemini.fail_next(Fault.REQUEST_TOO_LARGE, limit=99)
    gemini.fail_next(Fault.SIGNATURE_REJECTED, content=4, part=2)

    assert "exceeds the limit: 99 bytes" in await conversation.refusal(ASK)
    assert "content position 4, part position 2." in await conversation.refusal(ASK)


async def test_body_that_is_not_json_comes_as_if_it_were(gemini: LocalGemini, conversation: Conversation) -> None:
    gemini.fail_next(Fault.NOT_JSON)

    with pytest.raises(json.JSONDecodeError):
        await conversation.post(ASK)


async def test_body_may_be_empty(gemini: LocalGemini, conversation: Conversation) -> None:
    gemini.fail_next(Fault.NO_BODY)

    status, answer = await conversation.post(ASK)

    assert (status, bool(answer)) == (200, False)


async def test_proxy_error_is_a_page(gemini: LocalGemini, conversation: Conversation) -> None:
    gemini.fail_next(Fault.HTML_ERROR)

    with pytest.raises(aiohttp.ContentTypeError, match="text/html") as caught:
        await conversation.post(ASK)
    assert caught.value.status == 502


async def test_dropped_connection_gives_no_answer(gemini: LocalGemini, conversation: Conversation) -> None:
    gemini.fail_next(Fault.DROPPED)

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await conversation.post(ASK)
    assert gemini.requests[-1].status is None


async def test_connection_dropped_halfway_breaks_the_body(gemini: LocalGemini, conversation: Conversation) -> None:
    gemini.fail_next(Fault.DROPPED_HALFWAY)

    with pytest.raises(aiohttp.ClientPayloadError):
        await conversation.post(ASK)
    assert gemini.requests[-1].status is None


async def test_timeout_holds_the_request_and_lets_the_others_through(
    gemini: LocalGemini, conversation: Conversation
) -> None:
    gemini.fail_next(Fault.TIMEOUT)
    held = asyncio.create_task(conversation.post(ASK))
    await arrival(gemini)

    other, _ = await conversation.post(ASK)

    assert other == 200
    assert not held.done()
    held.cancel()


async def test_timeout_ends_when_the_client_goes_away(gemini: LocalGemini, conversation: Conversation) -> None:
    gemini.fail_next(Fault.TIMEOUT)
    held = asyncio.create_task(conversation.post(ASK))
    await arrival(gemini)

    held.cancel()

    async with asyncio.timeout(5):
        await asyncio.gather(*gemini._answering, return_exceptions=True)


@pytest.mark.parametrize("held", [True, False])
async def test_server_stops_with_a_request_that_has_no_answer(held: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_STOP_SECONDS", 600)  # it does not wait for it
    async with aiohttp.ClientSession() as session, asyncio.timeout(30):
        async with LocalGemini() as gemini:
            if held:
                gemini.hold()
            else:
                gemini.fail_next(Fault.TIMEOUT)
            asking = asyncio.create_task(Conversation(session, gemini.url).post(ASK))
            await arrival(gemini)
        with pytest.raises(aiohttp.ClientError):
            await asking
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_parameter_that_a_fault_lacks_is_a_programming_error() -> None:
    gemini = LocalGemini()

    with pytest.raises(TypeError):
        gemini.fail_next(Fault.RATE_LIMITED, seconds=3)
    with pytest.raises(TypeError):
        gemini.fail_next(Fault.DROPPED, reason="x")
