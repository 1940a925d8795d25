"""The installed server between Yahoo and Supabase on loopback, when both go away and come back."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.machines import Machine
from tests.serving import serving
from tests.supabase_stack import Stack
from tests.test_shared_faults import dies
from tests.yahoo import LoopbackYahoo, faults
from tests.yahoo.faults import EVERY

pytestmark = [pytest.mark.serve, pytest.mark.yahoo, pytest.mark.shared, pytest.mark.installed]

TROUBLE = 15  # seconds after which it looks again


@pytest.mark.slow
def test_an_outage_of_yahoo_and_supabase_heals_without_a_restart(
    machine: Callable[..., Machine], supabase: Stack, yahoo: LoopbackYahoo, tmp_path: Path
) -> None:
    """What is known is answered throughout, a miss is a 503; afterwards it is answered, and the team has it."""
    a = machine("a", supabase.service_key)
    assert a("heatmap", "compute", "TCS", "ITC", "-w", "252").status == 0
    env = {**a.environment, "FACTOR_SOURCE": "yahoo", "RATE_LIMIT": "1000/minute"}
    with serving(tmp_path / "server", **env) as site:
        assert site.get("/stock/TCS.NS/betas").json["cache"]["hit"] is None
        yahoo.fault(EVERY, faults.Reset())
        supabase.proxy.fault = dies
        known = ("/health", "/heatmap", "/heatmap/status/all", "/stock/TCS.NS/betas", "/stock/TCS.NS/decompose")
        for _ in range(2):
            assert [site.get(path).status for path in known] == [200] * len(known)
            for path in ("/stock/INFY.NS/betas", "/stock/WIPRO.NS/decompose"):
                away = site.get(path)
                assert (away.status, away.code) == (503, "connection_lost")
                assert int(away.headers["retry-after"]) > 0
        yahoo.heal()
        supabase.proxy.fault = None
        assert site.get("/stock/HDFCBANK.NS/betas").status == 200, "never asked for before, so asked for at once"
        deadline = time.monotonic() + 3 * TROUBLE
        while site.get("/stock/INFY.NS/betas").status != 200 or site.get("/stock/WIPRO.NS/decompose").status != 200:
            assert time.monotonic() < deadline
            time.sleep(0.5)
        window = 100
        while int(supabase.sql("select count(*) from public.factor_betas_cache;").split()[-1]) < 2:
            assert time.monotonic() < deadline
            window += 1
            assert site.get(f"/stock/TCS.NS/betas?window={window}").status == 200
            time.sleep(0.5)
        log = site.log()
    assert "Traceback" not in log
    assert supabase.service_key not in log
