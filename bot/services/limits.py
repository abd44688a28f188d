"""How many pictures: of a user, of a server, and in dollars of all together; counted over the last 24 hours.

A prompt that waits has a picture reserved. Whatever ends it without one gives that back: only pictures are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.domain import MAX_PROMPT_LENGTH, Ask, ImageSettings, Turn
from bot.errors import TextTooLong
from bot.gemini.catalog import assumed_cost_usd
from bot.rule_errors import BudgetReached, ServerLimitReached, TooManyWaiting, UserLimitReached
from bot.servers import Allowance, Ceilings, ServerSettings, Standing
from bot.services.admission import require_not_blocked
from storage.database import Repositories

DAY = timedelta(days=1)
A_CENT_S_FRACTION = 1e-9
"""By which sums of prices may be off."""


Used = dict[tuple[int, int | None], list[datetime]]
"""When pictures came, oldest first, by user and server."""


class Limits:
    def __init__(self, ceilings: Ceilings) -> None:
        self._ceilings = ceilings
        self._forgotten: Used = {}
        """Pictures of users who had everything deleted since: else that would give them new ones. Nowhere but here."""

    async def used_by(self, repos: Repositories, user_id: int) -> Used:
        """The user's pictures of the last day, to be remembered when they are forgotten."""
        servers = await repos.uses.servers_of_user(user_id, datetime.now(UTC) - DAY)
        used = {(user_id, guild_id): await self._pictures(repos, user_id, guild_id) for guild_id in servers}
        return {key: times for key, times in used.items() if times}

    def remember(self, used: Used) -> None:
        """Those pictures still count, as long as this process runs."""
        since = datetime.now(UTC) - DAY
        self._forgotten = {key: times for key, times in self._forgotten.items() if times[-1] >= since} | used

    async def _pictures(self, repos: Repositories, user_id: int, guild_id: int | None) -> list[datetime]:
        since = datetime.now(UTC) - DAY
        forgotten = [each for each in self._forgotten.get((user_id, guild_id), []) if each >= since]
        return forgotten + await repos.uses.pictures_of_user(user_id, guild_id, since)

    async def take(self, repos: Repositories, ask: Ask, words: str = "") -> Turn | None:
        """Puts the prompt into the queue and reserves its picture; None when it was taken before.

        `words` are those of the one who asks. Raises Blocked, LimitReached, TextTooLong: then the transaction must not
        be committed.
        """
        await repos.uses.one_at_a_time()
        turn = await repos.turns.take(ask)
        if turn is not None:
            await self.check(repos, ask.user_id, ask.asked_by, ask.place.guild_id, ask.image, words)
        return turn

    async def check_words(
        self, repos: Repositories, asked_by: int, guild_id: int | None, words: str, what: str = "The prompt"
    ) -> None:
        """Whether that may be said there by them. Raises Blocked, TextTooLong."""
        if guild_id is None:
            return
        await require_not_blocked(repos, guild_id, asked_by)
        longest = (await repos.servers.settings(guild_id)).prompt_length or MAX_PROMPT_LENGTH
        if len(words) > longest:
            raise TextTooLong(what, len(words), longest)

    async def check(
        self,
        repos: Repositories,
        user_id: int,
        asked_by: int,
        guild_id: int | None,
        image: ImageSettings,
        words: str = "",
        *,
        more: int = 0,
    ) -> None:
        """Whether what waits, and `more` pictures, may be drawn. Raises Blocked, LimitReached, TextTooLong."""
        settings = ServerSettings(0)
        if guild_id is not None:
            await self.check_words(repos, asked_by, guild_id, words)
            settings = await repos.servers.settings(guild_id)
        most_waiting = self._ceilings.most_waiting if settings.most_waiting is None else settings.most_waiting
        if await repos.uses.waiting_of_user(user_id) + more > most_waiting:
            raise TooManyWaiting(most_waiting)
        own = await self._allowance(repos, user_id, guild_id)
        limit = self._limit(own, settings)
        if limit is not None:
            standing = await self._standing(repos, user_id, guild_id, own, limit, more)
            if standing.used + standing.waiting > limit:
                raise UserLimitReached(user_id, limit, standing.opens_at)
        await self._check_server(repos, guild_id, settings, more)
        await self._check_budget(repos, image, more)

    async def standing(self, repos: Repositories, user_id: int, guild_id: int | None) -> Standing:
        """What the user has used, and when the next picture can be asked for."""
        settings = ServerSettings(0) if guild_id is None else await repos.servers.settings(guild_id)
        own = await self._allowance(repos, user_id, guild_id)
        return await self._standing(repos, user_id, guild_id, own, self._limit(own, settings), 1)

    async def _allowance(self, repos: Repositories, user_id: int, guild_id: int | None) -> Allowance | None:
        return None if guild_id is None else await repos.servers.allowance_of(guild_id, user_id)

    def _limit(self, own: Allowance | None, settings: ServerSettings) -> int | None:
        if own is not None:
            return own.pictures_a_day
        return _first(settings.user_pictures_a_day, self._ceilings.user_pictures_a_day)

    async def _standing(
        self,
        repos: Repositories,
        user_id: int,
        guild_id: int | None,
        own: Allowance | None,
        limit: int | None,
        more: int,
    ) -> Standing:
        """`more` counts as waiting, too, for what `opens_at` says."""
        times = await self._pictures(repos, user_id, guild_id)
        waiting = await repos.uses.waiting_of_user_on(user_id, guild_id)
        opens_at = None if limit is None else _opens_at(times, waiting + more, limit)
        return Standing(len(times), waiting + more, limit, own is not None, opens_at)

    async def _check_server(
        self, repos: Repositories, guild_id: int | None, settings: ServerSettings, more: int
    ) -> None:
        limit = _first(settings.server_pictures_a_day, self._ceilings.server_pictures_a_day)
        if guild_id is None or limit is None:
            return
        times = await repos.uses.pictures_of_server(guild_id, datetime.now(UTC) - DAY)
        waiting = await repos.uses.waiting_of_server(guild_id) + more
        if len(times) + waiting > limit:
            raise ServerLimitReached(limit, _opens_at(times, waiting, limit))

    async def _check_budget(self, repos: Repositories, image: ImageSettings, more: int) -> None:
        budget = self._ceilings.usd_a_day
        if budget is None:
            return
        spent = await repos.uses.costs(datetime.now(UTC) - DAY)
        reserved = sum(map(assumed_cost_usd, await repos.uses.waiting_images())) + more * assumed_cost_usd(image)
        left = budget + A_CENT_S_FRACTION - reserved - sum(cost for _, cost in spent)
        if left >= 0:
            return
        for at, cost in spent:
            left += cost
            if left >= 0:
                raise BudgetReached(at + DAY)
        raise BudgetReached(None)


def _first(*values: int | None) -> int | None:
    return next((each for each in values if each is not None), None)


def _opens_at(times: Sequence[datetime], waiting: int, limit: int) -> datetime | None:
    """When enough of the pictures are a day old for those that wait; None when they are already, or never will be."""
    surplus = len(times) + waiting - limit
    return times[surplus - 1] + DAY if 0 < surplus <= len(times) else None
