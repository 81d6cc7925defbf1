"""A report as one HTML page that needs nothing else: no network, no other file."""

from goeswith.eval.page.page import page

__all__ = ["page"]
