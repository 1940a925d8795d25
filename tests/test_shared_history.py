"""A team's history of heatmaps: what one machine computed of a day, the others show."""

import json
from collections.abc import Callable

import pytest

from factorcli.compose import schema
from tests.machines import Machine
from tests.supabase_stack import Stack
from tests.yahoo import LoopbackYahoo

pytestmark = pytest.mark.shared

Machines = Callable[..., Machine]
COMPUTE = ("heatmap", "compute", "TCS", "INFY", "--window", "126")
MONTHS = ("--every", "month", "--from", "2026-09-01")
DAYS = ["2026-09-30", "2026-10-30"]
OLDER = (
    "drop table public.heatmap_history; drop function public.factor_heatmap_days; notify pgrst, 'reload schema';"
    "notify pgrst, 'reload config';"
)


def _show(day: str) -> tuple[str, ...]:
    return ("heatmap", "show", "--window", "126", "--as-of", day, "--json")


def _count(stack: Stack) -> int:
    return int(stack.sql("select count(*) from public.heatmap_history;").split()[-1])


def test_a_history_of_one_machine_is_the_others(machine: Machines, supabase: Stack, yahoo: LoopbackYahoo) -> None:
    """Days, heatmaps and export on another machine, to the digit, without a request to Yahoo; it may only read."""
    a, b = machine("a", supabase.service_key), machine("b", supabase.anon_key)
    assert a(*COMPUTE, *MONTHS).status == 0
    written = [request for request in supabase.proxy.requests if request.startswith("POST")]
    assert len(written) == len(DAYS)
    assert a(*COMPUTE).status == 0
    assert _count(supabase) == 2 * 3
    yahoo.forget()
    supabase.proxy.requests.clear()
    assert json.loads(b("heatmap", "dates", "--json").out)["results"] == [*DAYS, "2026-11-20"]
    assert len(supabase.proxy.requests) == 1
    for day in DAYS:
        theirs = b(*_show(day))
        assert theirs.out == a(*_show(day)).out
    for machine_ in (a, b):
        assert machine_("heatmap", "export", "-o", "h.csv").status == 0
    assert (a.home / "h.csv").read_bytes() == (b.home / "h.csv").read_bytes()
    assert yahoo.requests == []
    resumed = b(*COMPUTE, *MONTHS)
    assert resumed.status == 0
    assert yahoo.charts("TCS.NS") == []
    assert _count(supabase) == 2 * 3


def test_an_older_schema_costs_only_the_shared_history(machine: Machines, supabase: Stack) -> None:
    """One sentence; the newest heatmap is shared as before, and the history is kept on this machine."""
    supabase.sql(OLDER)
    try:
        a, b = machine("a", supabase.service_key), machine("b", supabase.anon_key)
        computed = a(*COMPUTE)
        assert computed.status == 0
        assert computed.err.count("lacks the table of past days") == 1
        assert b("heatmap", "show", "--window", "126", "--json").status == 0
        assert b("heatmap", "show", "--window", "126", "--json").err == ""
        chain = a(*COMPUTE, *MONTHS)
        assert (chain.status, chain.err.count("lacks the table of past days")) == (0, 1)
        dates = a("heatmap", "dates", "--json")
        assert json.loads(dates.out)["results"] == [*DAYS, "2026-11-20"]
        assert a("cache", "info").status == 0
        assert a("cache", "clear", "--remote", "--yes").status == 0
    finally:
        supabase.schema(schema())
