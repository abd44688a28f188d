"""What a tampered client sends: Discord's own lets nobody use what it shows to somebody else alone."""

from __future__ import annotations

from collections.abc import Sequence

from simcord.actors import MemberActor, _component_interaction
from simcord.backend.models import Message
from simcord.enums import ComponentType
from simcord.results import InteractionResult, ResponseMessage


async def forged_click(actor: MemberActor, message: ResponseMessage | Message, custom_id: str) -> InteractionResult:
    """Clicks a button that the message need not have, and which the actor need not see."""
    data = {"custom_id": custom_id, "component_type": ComponentType.BUTTON}
    clicked = message if isinstance(message, Message) else message._message
    return await _component_interaction(actor, clicked, data)


async def forged_choice(
    actor: MemberActor, message: ResponseMessage, custom_id: str, values: Sequence[str]
) -> InteractionResult:
    """Chooses values that the menu need not offer, on a message that the actor need not see."""
    data = {"custom_id": custom_id, "component_type": ComponentType.STRING_SELECT, "values": list(values)}
    return await _component_interaction(actor, message._message, data)
