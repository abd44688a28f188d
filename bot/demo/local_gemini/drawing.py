"""From a request to its pictures: the first is composed, every later one edits the newest of the history."""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass

from PIL import Image, ImageEnhance, ImageOps

from bot.demo.local_gemini.composition import compose, paste_inset
from bot.demo.local_gemini.contents import DAMAGED, UNREADABLE, Content, InlinePicture, open_picture
from bot.demo.local_gemini.edits import edit
from bot.demo.local_gemini.lettering import draw_stamp
from bot.demo.local_gemini.models import pixel_size
from bot.demo.local_gemini.protocol import GenerateRequest
from bot.demo.local_gemini.replies import Refusal

_DRAFT_WIDTH = 512


@dataclass(frozen=True)
class Drawing:
    """Encoded pictures; the draft, if one is wanted, is a JPEG, smaller and stamped."""

    pictures: tuple[bytes, ...]
    mime_type: str
    draft: bytes | None


def draw(request: GenerateRequest, mime_type: str, *, two_pictures: bool = False, with_draft: bool = False) -> Drawing:
    """`Refusal` for a photo of the newest prompt that cannot be decoded to its end."""
    size = pixel_size(request.aspect_ratio, request.image_size)
    prompt = request.contents[-1]
    photos = [_decode_photo(picture, min(size)) for picture in prompt.pictures]
    base = _newest_model_picture(request.contents)
    picture = _edited(base, size, prompt, photos) if base else compose(size, prompt.text, photos)
    pictures = [picture, ImageOps.mirror(picture)] if two_pictures else [picture]
    encoded = tuple(_encode(each, mime_type) for each in pictures)
    return Drawing(encoded, mime_type, _draft(picture) if with_draft else None)


def prepared(jpeg: bytes, *, with_draft: bool = False) -> Drawing:
    """That picture, with a comment in it that no other has: the same bytes would be taken for the same picture."""
    comment = uuid.uuid4().bytes
    segment = b"\xff\xfe" + (2 + len(comment)).to_bytes(2, "big") + comment
    start_of_image = 2
    picture = jpeg[:start_of_image] + segment + jpeg[start_of_image:]
    draft = _draft(Image.new("RGB", (_DRAFT_WIDTH, _DRAFT_WIDTH))) if with_draft else None
    return Drawing((picture,), "image/jpeg", draft)


def _edited(base: InlinePicture, size: tuple[int, int], prompt: Content, photos: list[Image.Image]) -> Image.Image:
    stored = open_picture(base)
    picture = stored if stored.mode == "RGB" else stored.convert("RGB")
    if picture.size != size:
        picture = ImageOps.fit(picture, size, Image.Resampling.BICUBIC)
    picture = edit(picture, prompt.text)
    return paste_inset(picture, photos) if photos else picture


def _newest_model_picture(contents: tuple[Content, ...]) -> InlinePicture | None:
    pictures = [picture for content in contents if content.role == "model" for picture in content.pictures]
    return pictures[-1] if pictures else None


def _decode_photo(picture: InlinePicture, side: int) -> Image.Image:
    """Upright; a JPEG that is far larger than `side` both ways comes out smaller, which takes less time."""
    photo = open_picture(picture)
    try:
        photo.draft("RGB", (side, side))
        return ImageOps.exif_transpose(photo).convert("RGB")
    except DAMAGED:
        raise Refusal(UNREADABLE) from None


def _draft(picture: Image.Image) -> bytes:
    factor = max(2, round(picture.width / _DRAFT_WIDTH))
    rough = ImageEnhance.Color(picture.reduce(factor)).enhance(0.25)
    return _encode(draw_stamp(rough, "DRAFT"), "image/jpeg")


def _encode(picture: Image.Image, mime_type: str) -> bytes:
    encoded = io.BytesIO()
    if mime_type == "image/png":
        picture.save(encoded, "PNG", compress_level=1)
    else:
        picture.save(encoded, "JPEG", quality=92)
    return encoded.getvalue()
