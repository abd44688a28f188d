"""The way that comes first to mind: the history as base64 JSON in one column, pictures through PIL, saved as PNG."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from google import genai
from google.genai import types
from PIL import Image

from benchmarks.service import FOUR_K, portrait


class Straightforward:
    """One chat. Each turn reads the history, sends it with the prompt, and writes it anew."""

    def __init__(self, url: str, database: Path) -> None:
        self.file = database
        self._url = url
        self._config = types.GenerateContentConfig(
            response_modalities=["TEXT", "IMAGE"],
            image_config=types.ImageConfig(aspect_ratio=FOUR_K.aspect_ratio, image_size=FOUR_K.image_size),
        )

    async def __aenter__(self) -> Self:
        self._client = genai.Client(
            api_key="a-key", http_options=types.HttpOptions(base_url=self._url, api_version="v1beta")
        )
        with closing(sqlite3.connect(self.file)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE chats (id INTEGER PRIMARY KEY, history TEXT)")
            connection.execute("INSERT INTO chats VALUES (1, '[]')")
            connection.commit()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aio.aclose()
        self._client.close()

    async def turn(self, number: int) -> None:
        """The first picture or an edit, until there is a file for Discord."""
        prompt: list[Any] = ["Identity: The Artist" if number == 1 else "warmer"]
        if number == 1:
            prompt.append(Image.open(BytesIO(portrait())))
        with closing(sqlite3.connect(self.file)) as connection:
            (stored,) = connection.execute("SELECT history FROM chats").fetchone()
            history: list[Any] = [types.Content.model_validate(content) for content in json.loads(stored)]
            chat = self._client.aio.chats.create(model=FOUR_K.model, config=self._config, history=history)
            response = await chat.send_message(prompt)
            contents = [content.to_json_dict() for content in chat.get_history(curated=True)]
            connection.execute("UPDATE chats SET history = ?", (json.dumps(contents),))
            connection.commit()
        (picture,) = [part.inline_data.data for part in response.parts or [] if part.inline_data and not part.thought]
        Image.open(BytesIO(picture or b"")).save(BytesIO(), "PNG")
