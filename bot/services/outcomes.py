"""What is committed when a turn comes to its picture, or to the reason why there is none."""

from __future__ import annotations

from bot.domain import Turn, TurnKind, TurnState
from bot.errors import BotError
from bot.gemini.catalog import assumed_cost_usd
from bot.gemini_errors import GeminiError, Refusal
from bot.servers import ActKind, Outcome
from bot.services.generation import Made
from bot.wording import cancelled_with_start, picture_kept, start_failed
from storage.database import Repositories


async def store_picture(repos: Repositories, turn: Turn, made: Made) -> Turn | None:
    """A start opens a chat in place of the user's, an edit becomes its chat's new head.

    None when the chat was ended, the user deleted or the prompt withdrawn meanwhile: then nothing is stored.
    """
    current = await repos.turns.hold(turn.id)
    if current is None or current.state is not TurnState.ASKED:
        if not await repos.uses.paid_in_vain(turn.id):
            await store_cost(repos, turn)
        return None
    if turn.kind is TurnKind.ONCE:
        await repos.uses.count(turn, Outcome.PICTURE, assumed_cost_usd(turn.image))
        return await repos.turns.generated(turn, made.answer, chat_id=None, parent_id=None)
    chat_id = await _open_chat(repos, current) if turn.kind is TurnKind.START else turn.chat_id
    assert chat_id is not None, "an edit without a chat is not drawn"  # noqa: S101
    await repos.uses.count(turn, Outcome.PICTURE, assumed_cost_usd(turn.image))
    generated = await repos.turns.generated(turn, made.answer, chat_id=chat_id, parent_id=made.parent_id)
    if turn.kind is not TurnKind.START:
        await repos.chats.set_head(chat_id, turn.id)
    return generated


async def store_posted(repos: Repositories, turn: Turn, message_id: int) -> bool:
    """The message shows the picture; one without a chat is not needed any more.

    False when the turn was deleted while it was being posted: then the message is put down as unwanted.
    """
    if not await repos.turns.posted(turn.id, message_id):
        await repos.uses.unwanted(turn.place.thread_id, message_id)
        return False
    await repos.uses.posted(turn, message_id)
    if turn.kind is TurnKind.ONCE:
        await repos.turns.let_go_of_images(turn.id)
    return True


async def store_problem(
    repos: Repositories, turn: Turn, error: Exception, sentence: str, *, answered: bool = False
) -> list[Turn]:
    """Why nothing came of the turn. Answers every turn whose asker is to be told, each with its problem.

    `answered` says that Gemini's picture had come, which is paid for.

    None of them when the chat was ended or the prompt withdrawn meanwhile.
    """
    current = await repos.turns.get(turn.id)
    if current is None or current.state is not turn.state:
        return []
    retryable = error.retryable if isinstance(error, BotError) else True
    state = TurnState.REFUSED if isinstance(error, Refusal) else TurnState.FAILED
    cancelled: list[Turn] = []
    if turn.drawn:
        sentence = sentence if turn.kind is TurnKind.ONCE else picture_kept(sentence)
    elif turn.kind is TurnKind.START:
        cancelled = await _give_up_start(repos, turn)
        former = await repos.chats.of_user(turn.user_id)
        sentence = start_failed(sentence, None if former is None else former.place.thread_id)
    if not turn.drawn:
        paid = answered or (isinstance(error, GeminiError) and error.maybe_paid)
        cost_usd = assumed_cost_usd(turn.image) if paid else 0.0
        await repos.uses.count(turn, Outcome.REFUSED if state is TurnState.REFUSED else Outcome.FAILED, cost_usd)
    await repos.turns.ended(turn.id, state, sentence, retryable=retryable)
    if turn.kind is TurnKind.ONCE and not retryable:
        await repos.turns.let_go_of_images(turn.id)
    told = [await repos.turns.get(each.id) for each in (turn, *cancelled)]
    return [each for each in told if each is not None]


async def store_cost(repos: Repositories, turn: Turn) -> None:
    """Gemini was asked for a picture that nobody gets: it is paid for all the same."""
    known = await repos.users.exists(turn.user_id)
    await repos.uses.count(turn, Outcome.CANCELLED, assumed_cost_usd(turn.image), named=known)


async def store_withdrawn(repos: Repositories, turn: Turn, *, asked_for: bool) -> bool:
    """The turn is cancelled, unless it has its picture by now; `asked_for` says whether Gemini was asked."""
    if not await repos.turns.withdraw(turn.id):
        return False
    if asked_for:
        await store_cost(repos, turn)
    if turn.kind is TurnKind.START:
        await _give_up_start(repos, turn)
    return True


async def _open_chat(repos: Repositories, turn: Turn) -> int:
    """The id of the new chat, of which `turn` is the head."""
    former = await repos.chats.of_user(turn.user_id)
    if former is not None:
        if turn.asked_by != turn.user_id and turn.place.guild_id is not None:
            deed = (turn.place.guild_id, turn.asked_by, turn.user_id, ActKind.END)
            await repos.servers.record(*deed, "", former.place.thread_id)
        await repos.chats.delete(former)
    chat = await repos.chats.create(
        turn.user_id,
        identity_id=turn.identity_id,
        identity_name=turn.identity_name,
        place=turn.place,
        image=turn.image,
        started_at=turn.asked_at,
        head_turn_id=turn.id,
    )
    await repos.waiting.join_chat(turn, chat.id)
    return chat.id


async def _give_up_start(repos: Repositories, turn: Turn) -> list[Turn]:
    """The chat that was to be is not: edits that waited for it are cancelled, its thread points elsewhere."""
    waiting = await repos.waiting.edits_after(turn)
    for edit in waiting:
        await repos.turns.ended(edit.id, TurnState.CANCELLED, cancelled_with_start())
    await repos.chats.remember_thread(turn.user_id, turn.place.thread_id)
    return waiting
