"""The files that were uploaded, behind links that expire."""

from aiohttp import web

from bot.demo.local_discord.world import World

PATH = r"/{folder:attachments|ephemeral-attachments}/{channel_id:\d+}/{attachment_id:\d+}/{filename}"


def serve(world: World, request: web.Request) -> web.Response:
    attachment = world.attachments.get(int(request.match_info["attachment_id"]))
    expires = int(request.query.get("ex", "0"), 16)
    if attachment is None or expires < world.clock.seconds():
        return web.Response(status=404, text="This content is no longer available.")
    return web.Response(body=attachment.data, content_type=attachment.content_type or "application/octet-stream")
