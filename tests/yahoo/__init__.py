"""A Yahoo Finance on loopback, which the real client is tested against: the real protocol, no patching."""

from tests.yahoo.server import LoopbackYahoo

__all__ = ["LoopbackYahoo"]
