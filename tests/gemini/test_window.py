"""What is left out of a request that would grow too large."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain import StoredContent
from bot.gemini.chat_history import picture_part
from bot.gemini.window import TurnContents, request_bytes, select_window

PROMPT: StoredContent = {"role": "user", "parts": [{"text": "warmer"}]}
MIB = 1024 * 1024


def turn(name: str) -> TurnContents:
    """A turn with one picture, named `name`."""
    user: StoredContent = {"role": "user", "parts": [{"text": "warmer"}]}
    return user, {"role": "model", "parts": [picture_part("image/jpeg", name)]}


def test_a_history_within_the_budget_is_sent_whole() -> None:
    turns = [turn("a"), turn("b"), turn("c")]

    assert select_window(turns, PROMPT, {"a": 1, "b": 1, "c": 1}, MIB) == turns


def test_the_oldest_turns_go_first_but_never_the_first_nor_the_head() -> None:
    turns = [turn(name) for name in "abcde"]
    sizes = dict.fromkeys("abcde", MIB)

    kept = select_window(turns, PROMPT, sizes, 5 * MIB)

    assert kept == [turns[0], turns[3], turns[4]]


def test_base64_and_text_count() -> None:
    content: StoredContent = {"role": "user", "parts": [{"text": "ä" * 100}, picture_part("image/jpeg", "a")]}

    assert request_bytes([content], {"a": 3000}) - request_bytes([PROMPT], {}) == 200 + 4000 - len("warmer")


@given(st.lists(st.integers(0, 8 * MIB), min_size=1, max_size=12), st.integers(MIB, 40 * MIB))
def test_first_and_head_always_stay_and_the_rest_is_a_run_of_the_newest(sizes: list[int], budget: int) -> None:
    turns = [turn(str(number)) for number in range(len(sizes))]
    by_name = {str(number): size for number, size in enumerate(sizes)}

    kept = select_window(turns, PROMPT, by_name, budget)

    assert kept[0] == turns[0]
    assert kept[-1] == turns[-1]
    assert kept[1:] == (turns[-(len(kept) - 1) :] if len(kept) > 1 else [])
    size = request_bytes([PROMPT, *(content for each in kept for content in each)], by_name)
    assert size <= budget or len(kept) <= 2
