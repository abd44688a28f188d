"""A stand-in for Gemini, for trying the bot out and for tests: no account, no network, no cost.

    async with LocalGemini() as gemini:
        ...                                # point a client's base_url at gemini.url
        gemini.fail_next(Fault.RATE_LIMITED, retry_delay=2.0)

It is strict where Gemini is strict (thought signatures, sizes, fields, limits) and draws with Pillow.
`python -m bot.demo.local_gemini --port 8099` runs it as a process of its own.
"""

from bot.demo.local_gemini.faults import Fault
from bot.demo.local_gemini.received import ReceivedRequest
from bot.demo.local_gemini.server import LocalGemini

__all__ = ["Fault", "LocalGemini", "ReceivedRequest"]
