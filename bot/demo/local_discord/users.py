"""A person on the local Discord, and everything that they do there."""

from __future__ import annotations

from collections.abc import Sequence

from bot.demo.local_discord import calls, errors, posting
from bot.demo.local_discord.accounts import Account
from bot.demo.local_discord.interactions import Interaction
from bot.demo.local_discord.messages import Draft, File, Message, Upload
from bot.demo.local_discord.permissions import Permission
from bot.demo.local_discord.places import Place


class User(Account):
    """Made with `Guild.add_member`. What a user may not do raises ApiError, as it would refuse their client."""

    async def send(
        self,
        place: Place,
        content: str = "",
        *,
        attachments: Sequence[File] = (),
        reply_to: Message | None = None,
        ping: bool = True,
    ) -> Message:
        """Posts a message; `ping` is whether a reply notifies the one replied to."""
        allowed = None if ping else {"parse": ["users", "roles", "everyone"], "replied_user": False}
        draft = Draft(content, uploads=_uploads(attachments), allowed_mentions=allowed)
        draft.reply_to = None if reply_to is None else reply_to.id
        return posting.post(place, self, draft)

    async def send_dm(self, content: str = "", *, attachments: Sequence[File] = ()) -> Message:
        return await self.send(self.direct_messages, content, attachments=attachments)

    async def edit(self, message: Message, content: str) -> None:
        if message.author is not self:
            raise errors.not_the_author()
        message.content = content
        posting.changed(message)

    async def delete(self, message: Message) -> None:
        if message.author is not self:
            posting.require(message.place, self, Permission.MANAGE_MESSAGES)
        posting.remove(message)

    async def slash(self, place: Place, command: str, /, **options: object) -> Interaction:
        """Calls a registered slash command, as in `alice.slash(channel, "identity start", photo1=("a.png", data))`.

        An option is a str, int, float, bool, User, channel, or a file. Raises LookupError for a command or option
        that the bot has not registered, ValueError for a value that Discord's client would not send. Waits for
        nothing.
        """
        return calls.slash(self, place, command, options)

    async def autocomplete(self, place: Place, command: str, /, focused: str, **options: object) -> Interaction:
        """Types into the option `focused`; the suggestions come as the interaction's `choices`."""
        return calls.slash(self, place, command, options, focused=focused)

    async def context_menu(self, place: Place, command: str, target: Message | User) -> Interaction:
        return calls.context_menu(self, place, command, target)

    async def click(self, message: Message, *, custom_id: str | None = None, label: str | None = None) -> Interaction:
        """Presses a button, of a message that anyone sees or of an answer that only this user sees."""
        return calls.click(self, message, custom_id=custom_id, label=label)

    async def select(self, message: Message, values: Sequence[str], *, custom_id: str | None = None) -> Interaction:
        """Picks values in a select menu with fixed options."""
        return calls.select(self, message, values, custom_id=custom_id)

    async def submit_modal(self, opened_by: Interaction, /, **values: object) -> Interaction:
        """Sends the modal that answered an interaction; fields by custom id or label, files as a list of files."""
        return calls.submit_modal(self, opened_by, values)


def _uploads(files: Sequence[File]) -> list[Upload]:
    return [Upload(name, data) for name, data in files]
