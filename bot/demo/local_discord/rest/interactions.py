"""Answers to interactions: the callback, the original answer, follow-ups."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from bot.demo.local_discord import errors, interactions, message_payloads, posting
from bot.demo.local_discord.events import Json
from bot.demo.local_discord.interactions import Interaction
from bot.demo.local_discord.messages import COMMAND_ANSWER, EPHEMERAL, LOADING, Draft, Message
from bot.demo.local_discord.rest.call import Call, Handler, draft
from bot.demo.local_discord.rest.messages import apply_edit

MOST_CHOICES = 25
RESPONSES = {
    interactions.COMMAND: {interactions.ANSWER, interactions.DEFERRED_ANSWER, interactions.MODAL},
    interactions.COMPONENT: {
        interactions.ANSWER,
        interactions.DEFERRED_ANSWER,
        interactions.DEFERRED_UPDATE,
        interactions.UPDATE,
        interactions.MODAL,
    },
    interactions.AUTOCOMPLETE: {interactions.CHOICES},
    interactions.MODAL_SUBMIT: {
        interactions.ANSWER,
        interactions.DEFERRED_ANSWER,
        interactions.DEFERRED_UPDATE,
        interactions.UPDATE,
    },
}
"""Which callbacks answer which interactions; a modal cannot answer a modal."""

AnswerInteraction = Callable[[Call, Interaction], Awaitable[Any]]


def _to_interaction(handler: AnswerInteraction) -> Handler:
    """Finds the interaction by the token in the path, and notes on it what was refused."""

    @wraps(handler)
    async def found(call: Call) -> object:
        interaction = call.world.interactions.get(call.request.match_info["token"])
        if interaction is None:
            raise errors.invalid_webhook_token()
        try:
            result = await handler(call, interaction)
        except errors.ApiError as refusal:
            interaction.error = refusal
            raise
        interaction.signal.changed()
        return result

    return found


@_to_interaction
async def callback(call: Call, interaction: Interaction) -> Json | None:
    body, uploads = await call.form()
    if call.id("interaction_id") != interaction.id:
        raise errors.unknown("Interaction")
    interaction.check_may_acknowledge()
    kind, data = body["type"], body.get("data") or {}
    if kind not in RESPONSES[interaction.kind]:
        raise errors.invalid_form(
            "type", "BASE_TYPE_CHOICES", f"Not an answer to an interaction of type {interaction.kind}."
        )
    _respond(interaction, kind, data, draft(data, uploads))
    interaction.response = kind
    return _callback_result(interaction, kind) if call.request.query.get("with_response") else None


@_to_interaction
async def get_original(call: Call, interaction: Interaction) -> Json:
    interaction.check_token()
    return message_payloads.message(_message(call, interaction))


@_to_interaction
async def edit(call: Call, interaction: Interaction) -> Json:
    body, uploads = await call.form()
    interaction.check_token()
    message = _message(call, interaction)
    apply_edit(message, body, uploads)
    return message_payloads.message(message)


@_to_interaction
async def delete(call: Call, interaction: Interaction) -> None:
    interaction.check_token()
    message = _message(call, interaction)
    posting.remove(message)
    interaction.messages.remove(message)


@_to_interaction
async def follow_up(call: Call, interaction: Interaction) -> Json:
    """The first follow-up after "thinking" takes the place, and the visibility, of the thinking."""
    body, uploads = await call.form()
    interaction.check_token()
    original = interaction.original
    if original is not None and original.loading:
        apply_edit(original, body, uploads)
        return message_payloads.message(original)
    message = _answer(interaction, draft(body, uploads))
    if original is not None:
        message.reference = original
    posting.deliver(message)
    return message_payloads.message(message)


def _respond(interaction: Interaction, kind: int, data: Json, answer: Draft) -> None:
    if kind == interactions.ANSWER:
        posting.check(answer, interaction.place.upload_limit)
        interaction.original = _answer(interaction, answer)
        posting.deliver(interaction.original)
    elif kind == interactions.DEFERRED_ANSWER:
        answer.flags = answer.flags & EPHEMERAL | LOADING
        interaction.original = _answer(interaction, answer)
        posting.deliver(interaction.original)
    elif kind == interactions.CHOICES:
        if len(data["choices"]) > MOST_CHOICES:
            raise errors.too_long("data.choices", MOST_CHOICES)
        interaction.choices = data["choices"]
    elif kind == interactions.MODAL:
        interaction.modal = data
    else:
        _update_source(interaction, kind, data, answer)


def _update_source(interaction: Interaction, kind: int, data: Json, answer: Draft) -> None:
    """The interaction's original answer is then the message whose component was used."""
    if interaction.source is None:
        raise errors.invalid_form("type", "BASE_TYPE_CHOICES", "There is no message to update.")
    interaction.original = interaction.source
    if kind == interactions.UPDATE:
        apply_edit(interaction.source, data, list(answer.uploads))


def _answer(interaction: Interaction, answer: Draft) -> Message:
    if not answer.flags & LOADING:
        posting.check(answer, interaction.place.upload_limit)
    ephemeral = bool(answer.flags & EPHEMERAL)
    message = posting.compose(interaction.place, interaction.world.bot, answer, ephemeral=ephemeral)
    message.type = COMMAND_ANSWER if interaction.kind == interactions.COMMAND else message.type
    message.interaction = interaction
    interaction.messages.append(message)
    return message


def _callback_result(interaction: Interaction, kind: int) -> Json:
    told: Json = {"id": str(interaction.id), "type": interaction.kind}
    resource: Json = {"type": kind}
    if interaction.original is not None:
        told |= {
            "response_message_id": str(interaction.original.id),
            "response_message_loading": interaction.original.loading,
            "response_message_ephemeral": interaction.ephemeral,
        }
        if kind in (interactions.ANSWER, interactions.DEFERRED_ANSWER, interactions.UPDATE):
            resource["message"] = message_payloads.message(interaction.original)
    return {"interaction": told, "resource": resource}


def _message(call: Call, interaction: Interaction) -> Message:
    name = call.request.match_info["message_id"]
    candidates = [interaction.original] if name == "@original" else interaction.messages
    for message in candidates:
        if message is not None and not message.deleted and name in ("@original", str(message.id)):
            return message
    raise errors.unknown("Message")


WEBHOOK = r"/webhooks/{application_id:\d+}/{token}"
ONE = WEBHOOK + r"/messages/{message_id:@original|\d+}"
ROUTES: list[tuple[str, str, Handler]] = [
    ("POST", r"/interactions/{interaction_id:\d+}/{token}/callback", callback),
    ("POST", WEBHOOK, follow_up),
    ("GET", ONE, get_original),
    ("PATCH", ONE, edit),
    ("DELETE", ONE, delete),
]
