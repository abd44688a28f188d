"""Pictures as pixels: Pillow, always off the event loop."""
