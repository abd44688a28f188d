"""Why Gemini gave no picture, each with the sentence that people read. What else can go wrong is in `bot.errors`."""

from __future__ import annotations

from bot.errors import BotError
from bot.texts import duration, plain, shorten


class GeminiError(BotError):
    """No picture came. `retry_once` says whether asking again right away may help.

    `maybe_paid` says whether Gemini may have drawn one that did not arrive.
    """

    retryable = True
    retry_once = False
    maybe_paid = False


class Refusal(GeminiError):
    """Gemini answered, but not with a picture; the turn is refused and the chat stays as it was."""

    retryable = False


class PromptBlocked(Refusal):
    def __init__(self) -> None:
        super().__init__("Gemini will not take this prompt: its filters blocked it. Rephrase it and try again.")


class PictureBlocked(Refusal):
    """`safety` for Gemini's safety filter, which now and then lets the same prompt pass."""

    def __init__(self, *, safety: bool) -> None:
        again = " Trying once more can help, too." if safety else ""
        super().__init__(
            f"Gemini made a picture but its filters held it back. Rephrase the prompt and try again.{again}"
        )
        self.retryable = safety


class PictureRecited(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "Gemini held its picture back because it came too close to an existing work. Ask for something of your own."
        )


class AnsweredInWords(Refusal):
    """The model wrote instead of drawing: a question or a refusal in its own words."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"Gemini answered in words instead of a picture: “{plain(shorten(text, 600))}” Put it in other words."
        )
        self.text = text


class NoPicture(Refusal):
    retryable = True
    retry_once = True

    def __init__(self) -> None:
        super().__init__("Gemini gave no picture this time, even on a second try. Say it in other words and try again.")


class RateLimited(GeminiError):
    """`seconds` to wait as Gemini says, None when it does not say."""

    def __init__(self, seconds: float | None) -> None:
        wait = "a minute or two" if seconds is None else duration(seconds)
        super().__init__(f"Gemini is getting more requests than it takes from me. Try again in {wait}.")
        self.seconds = seconds


class DailyQuotaReached(GeminiError):
    def __init__(self) -> None:
        super().__init__("The day's quota of pictures is used up. Try again tomorrow, or ask whoever runs this bot.")


class OperatorNeeded(GeminiError):
    """Only the one who runs the bot can mend it; `fault` names it for the log and for them."""

    def __init__(self, fault: str) -> None:
        super().__init__(f"I cannot make pictures right now: {fault}. Please tell whoever runs this bot.")
        self.fault = fault


class GeminiTimeout(GeminiError):
    def __init__(self, seconds: float, *, maybe_paid: bool = True) -> None:
        super().__init__(f"Gemini did not answer within {duration(seconds)}. Try again in a while.")
        self.maybe_paid = maybe_paid


class GeminiUnreachable(GeminiError):
    """The connection broke: whether Gemini took the prompt is not known, so it is not sent again by itself."""

    def __init__(self, *, maybe_paid: bool = True) -> None:
        super().__init__("The connection to Gemini broke before its picture came. Try again in a minute.")
        self.maybe_paid = maybe_paid


class GeminiDown(GeminiError):
    def __init__(self) -> None:
        super().__init__("Gemini has trouble of its own at the moment. Try again in a few minutes.")


class GeminiUnreadable(GeminiError):
    maybe_paid = True

    def __init__(self) -> None:
        super().__init__(
            "Gemini's answer could not be read. Try again; if it keeps happening, tell whoever runs this bot."
        )


class RequestRejected(GeminiError):
    """A 400 that has no better name. What Gemini says of it goes to the log, not to the user."""

    retryable = False

    def __init__(self) -> None:
        super().__init__("Gemini did not accept the request. Try it in other words or with other photos.")


class RequestTooLarge(GeminiError):
    retryable = False

    def __init__(self) -> None:
        super().__init__(
            "That is more than Gemini takes at once. Leave out some photos, or begin anew with `/identity start`."
        )


class SignatureRejected(GeminiError):
    """Gemini did not accept the signatures in the history, as after a change of model."""

    def __init__(self) -> None:
        super().__init__("Gemini did not accept this chat's history. Begin a new one with `/identity start`.")
