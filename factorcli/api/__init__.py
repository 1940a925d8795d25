"""The library: `Factor` answers as the commands do, with results instead of tables and errors instead of statuses."""

from factorcli.api.factor import Factor, Portfolio

__all__ = ["Factor", "Portfolio"]
