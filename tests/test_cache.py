"""The local cache: what is an answer, what is a miss, and what a broken folder costs."""

import os
import pickle
import sqlite3
import subprocess
from pathlib import Path
from zlib import crc32

import pytest

from factorcli.cache.bytes_disk import BytesDisk
from factorcli.cache.disk import DiskCache
from factorcli.cache.lock import file_lock, lock_holder
from factorcli.errors import Busy, NotKept
from factorcli.results.codec import VERSION
from factorcli.results.column_codec import LENGTHS
from tests.conftest import Answer, Run, command
from tests.markets import market, write_wide

pytestmark = pytest.mark.cli

NOW = "2026-11-20T18:00:00+05:30"
ASK = ("beta", "TCS", "--source", "demo", "--json")


def _hit(answer: Answer) -> str | None:
    (result,) = answer.results
    return result["cache"]["hit"]


def _folder(home: Path) -> Path:
    return home / "cache" / "factorcli"


def test_a_second_question_is_answered_from_disk(factor: Run) -> None:
    """The same result to the last digit, marked with where it is from and when it was computed."""
    first = factor(*ASK).results[0]
    second = factor(*ASK, FACTOR_NOW="2026-11-20T20:00:00+05:30").results[0]
    assert (first["cache"]["hit"], second["cache"]["hit"]) == (None, "disk")
    assert second["cache"]["computed_at"] == first["cache"]["computed_at"] == "2026-11-20T12:30:00Z"
    del first["cache"], second["cache"]
    assert first == second


def test_a_decomposition_comes_from_the_beta_row(factor: Run) -> None:
    """Either method of decompose is a hit once beta has been asked, and equals what is computed anew."""
    factor(*ASK)
    for method in ("euler", "lmg"):
        ask = ("decompose", "TCS", "--source", "demo", "--json", "--method", method)
        cached, computed = factor(*ask).results[0], factor(*ask, "--no-cache").results[0]
        assert (cached["cache"]["hit"], computed["cache"]["hit"]) == ("disk", None)
        assert cached["contributions"] == computed["contributions"]


@pytest.mark.parametrize(
    "change",
    [
        ("--window", "126"), ("--basis", "spread"), ("--cov", "hc1"), ("--as-of", "2026-11-18"), ("--rolling",),
        ("--refresh",), ("--no-cache",),
    ],
)  # fmt: skip
def test_another_question_is_a_miss(factor: Run, change: tuple[str, ...]) -> None:
    """Window, basis, errors, date and path are part of the question; --refresh and --no-cache pass over."""
    factor(*ASK)
    assert _hit(factor(*ASK)) == "disk"
    assert _hit(factor(*ASK, *change)) is None


def test_time_makes_a_miss(factor: Run) -> None:
    """After the next session's close, and after CACHE_TTL_HOURS, an answer is computed again."""
    factor(*ASK)
    assert _hit(factor(*ASK, FACTOR_NOW="2026-11-20T19:59:00+05:30", CACHE_TTL_HOURS="2")) == "disk"
    assert _hit(factor(*ASK, FACTOR_NOW="2026-11-20T20:01:00+05:30", CACHE_TTL_HOURS="2")) is None
    weekend = "2026-11-21T17:00:00+05:30"
    assert _hit(factor(*ASK, FACTOR_NOW=weekend)) == "disk"
    assert _hit(factor(*ASK, FACTOR_NOW="2026-11-23T15:59:00+05:30", CACHE_TTL_HOURS="100")) == "disk"
    assert _hit(factor(*ASK, FACTOR_NOW="2026-11-23T16:00:00+05:30", CACHE_TTL_HOURS="100")) is None


def test_changed_prices_model_rate_or_universe_is_a_miss(factor: Run, home: Path, tmp_path: Path) -> None:
    """Whatever changes a number, or a name, is part of what a cached result answers for."""
    prices = market()
    source = write_wide(tmp_path / "p.csv", prices)
    model = tmp_path / "m.toml"
    factors = "".join(
        f'[[factors]]\ncode = "{c}"\nproxies = ["{p}"]\n' for c, p in (("MKT", "^NSEI"), ("VOL", "^INDIAVIX"))
    )
    model.write_text(f'id = "m"\n{factors}')
    ask = ("beta", "S0.NS", "--json", "--source", str(source), "--model", str(model))
    factor(*ask)
    assert _hit(factor(*ask)) == "disk"
    assert _hit(factor(*ask, RISK_FREE_RATE="0.05")) is None
    model.write_text(f'id = "m"\nmax_daily_return = 0.3\n{factors}')
    assert _hit(factor(*ask)) is None
    (home / "u.csv").write_text("ticker,name,sector,isin\nS0.NS,A stock,A sector,INE1\n")
    assert _hit(named := factor(*ask, FACTOR_UNIVERSE="u.csv")) is None
    assert named.results[0]["name"] == "A stock"
    prices["S0.NS"][-1] *= 1.01
    before = source.stat()
    write_wide(source, prices)
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert _hit(factor(*ask)) is None


def test_the_folder_is_private(factor: Run, home: Path) -> None:
    """Nobody else reads it, also where it was there before with other rights."""
    _folder(home).mkdir(parents=True, mode=0o755)
    factor(*ASK)
    assert _folder(home).stat().st_mode & 0o777 == 0o700


class _Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_a_planted_pickle_is_never_executed(factor: Run, home: Path) -> None:
    """As the value of every row and as a key: no file appears, and the answer is computed anew."""
    first = factor(*ASK).results[0]
    fuse = home / "exploded"
    bomb = pickle.dumps(_Bomb(fuse))
    with sqlite3.connect(_folder(home) / "cache.db") as database:
        database.execute("UPDATE Cache SET value = ?, mode = 4", (bomb,))
        database.execute(
            "INSERT INTO Cache (key, raw, store_time, access_time, size, mode, value) VALUES (?, 0, 0, 0, 0, 4, ?)",
            (bomb, bomb),
        )
    again = factor(*ASK)
    assert again.results[0]["betas"] == first["betas"]
    assert _hit(again) is None
    for words in (("cache", "info"), ("doctor", "--source", "demo"), ("cache", "clear")):
        factor(*words)
    assert not fuse.exists()


def test_a_name_that_is_no_text_does_not_cost_the_cache(factor: Run, home: Path) -> None:
    """Bytes that are not UTF-8 are an unknown ticker, and the database stays what it is."""
    factor(*ASK)
    answer = factor(ASK[0], os.fsdecode(b"A\xff"), *ASK[2:])
    assert (answer.status, answer.codes) == (4, ["unknown_ticker"])
    assert "replaced by a new one" not in answer.err
    assert _hit(factor(*ASK)) == "disk"


def test_a_row_never_names_a_file_to_read_or_remove(tmp_path: Path) -> None:
    """A planted row that points outside the folder reads nothing and removes nothing."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    disk = BytesDisk(str(tmp_path))
    with pytest.raises(OSError, match="not a value of this cache"):
        disk.fetch(1, str(victim), None, False)
    disk.remove(str(victim))
    assert victim.read_text() == "precious"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(os.urandom(20_000)),
        lambda path: os.truncate(path, 0),
        lambda path: os.truncate(path, 100),
        lambda path: os.truncate(path, path.stat().st_size // 2),
    ],
    ids=["noise", "emptied", "cut to 100 bytes", "cut in half"],
)
def test_a_broken_database_is_set_aside_and_begun_anew(factor: Run, home: Path, spoil) -> None:
    """One warning, the right answer, and a cache that works again."""
    factor(*ASK)
    right = factor(*ASK).results[0]["betas"]
    database = _folder(home) / "cache.db"
    for part in ("-wal", "-shm"):
        database.with_name(f"cache.db{part}").unlink(missing_ok=True)
    spoil(database)
    mended = factor(*ASK)
    assert mended.status == 0
    assert mended.results[0]["betas"] == right
    assert mended.err.count("\n") == 1
    assert "replaced by a new one" in mended.err
    after = factor(*ASK)
    assert (after.err, _hit(after)) == ("", "disk")
    assert list(_folder(home).glob("cache.db.broken-*"))


def test_a_folder_that_cannot_be_used_costs_one_warning(factor: Run, home: Path) -> None:
    """A file where the folder should be: no cache, one line, the right answer, also for a heatmap."""
    (home / "file").write_text("")
    for words in (ASK, ("heatmap", "compute", "TCS", "--source", "demo", "--json", "-w", "252")):
        answer = factor(*words, FACTOR_CACHE_DIR=str(home / "file"))
        assert answer.status == 0
        assert answer.err.count("\n") == 1
        assert "continuing without it" in answer.err
        assert answer.results


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes to read-only folders")
def test_a_read_only_folder_costs_one_warning(factor: Run, home: Path) -> None:
    """No write permission is no error."""
    (home / "locked").mkdir(mode=0o500)
    answer = factor(*ASK, FACTOR_CACHE_DIR=str(home / "locked"))
    assert answer.status == 0
    assert "continuing without it" in answer.err


@pytest.mark.installed
def test_a_full_disk_costs_one_warning(factor: Run, environment: dict[str, str], home: Path) -> None:
    """A limit on the size of files stands in for a full disk: SQLite reports the same failure."""
    # Nor could the lines that it runs be counted on that disk.
    # And Python would leave modules half compiled, for every later run.
    limit = "unset ${!COVERAGE_@}; export PYTHONDONTWRITEBYTECODE=1; ulimit -f 24; trap '' XFSZ; exec"
    done = subprocess.run(
        ["bash", "-c", f"{limit} {command()} beta RELIANCE INFY --rolling --source demo --json"],
        cwd=home, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("\n") == 1
    assert "continuing without it" in done.stderr


def test_what_a_full_disk_refuses_is_raised_or_in_memory_beside_what_is_kept(tmp_path: Path) -> None:
    """As lasting or not; the database, which may not grow here, is still read."""
    warnings: list[str] = []
    cache, large = DiskCache(tmp_path, warnings.append), b"x" * 100_000
    cache.put({"a": b"1"}, lasting=True)
    cache._cache()._sql("PRAGMA max_page_count = 1")
    with pytest.raises(NotKept, match=r"cannot be written \(database or disk is full\)"):
        cache.put({"b": large}, lasting=True)
    assert (cache.get(["a", "b"]), warnings) == ({"a": b"1"}, [])
    cache.put({"c": large})
    assert cache.get(["a", "c"]) == {"a": b"1", "c": large}
    assert cache.keys("") == ["a", "c"]
    assert len(warnings) == 1
    with pytest.raises(NotKept):
        cache.put({"d": large}, lasting=True)
    assert DiskCache(tmp_path, warnings.append).get(["a", "b", "c", "d"]) == {"a": b"1"}


def test_info_and_clear_tell_what_is_there(factor: Run) -> None:
    """Rows, bytes and times; clear leaves none."""
    factor(*ASK)
    (tier,) = factor("cache", "info", "--json").results
    assert set(tier) == {"tier", "location", "rows", "bytes", "oldest", "newest", "can_read", "can_write"}
    assert tier["rows"] >= 1
    assert factor("cache", "clear").status == 0
    (tier,) = factor("cache", "info", "--json").results
    assert tier["rows"] == 0
    assert _hit(factor(*ASK)) is None


def test_clear_keeps_the_part_that_is_not_named(factor: Run, home: Path) -> None:
    """--prices leaves the answers, --results the prices; neither, or both, leave nothing."""
    with_prices = {"prices/TCS.NS": b"1", "prices/INFY.NS": b"2"}
    answers = {"beta/1": b"3", "pricesless": b"4"}
    for options, left in [
        (("--prices",), answers),
        (("--results",), with_prices),
        ((), {}),
        (("--prices", "--results"), {}),
    ]:
        DiskCache(_folder(home), print).put(with_prices | answers)
        cleared = factor("cache", "clear", *options)
        assert f"Removed {4 - len(left)} cached rows" in cleared.err
        assert DiskCache(_folder(home), print).get([*with_prices, *answers]) == left
        factor("cache", "clear")


def test_a_payload_of_another_version_is_no_answer(factor: Run, home: Path) -> None:
    """Rows of a later or broken form are passed over without a word."""
    factor(*ASK)
    with sqlite3.connect(_folder(home) / "cache.db") as database:
        for number, value in database.execute("SELECT rowid, value FROM Cache WHERE key LIKE 'beta/%'").fetchall():
            spoilt = bytes(value).replace(f'"version": {VERSION}'.encode(), f'"version": {VERSION + 1}'.encode())
            assert spoilt != bytes(value)
            database.execute("UPDATE Cache SET value = ? WHERE rowid = ?", (spoilt, number))
    answer = factor(*ASK)
    assert (answer.status, answer.err, _hit(answer)) == (0, "", None)


def test_a_lock_names_its_holder_and_dies_with_it(tmp_path: Path) -> None:
    """Held: the second comer is told; let go: the file is gone, and the next one has it."""
    path = tmp_path / "x.lock"
    with file_lock(path, "process 1") as first, file_lock(path, "process 2") as second:
        assert (first, second) == (True, False)
        assert lock_holder(path) == "process 1"
    assert not path.exists()
    assert lock_holder(path) is None
    path.write_text("a dead process")  # what a killed holder leaves
    assert lock_holder(path) is None
    with file_lock(path, "process 3") as third:
        assert third


def test_the_cache_lock_raises_busy(tmp_path: Path) -> None:
    """Through the port: Busy, with the process that is at work."""
    one, two = (DiskCache(tmp_path, lambda _: None) for _ in range(2))
    with one.lock("heat/x"), pytest.raises(Busy, match=f"process {os.getpid()}"), two.lock("heat/x"):
        pass
    with two.lock("heat/x"):
        pass


@pytest.mark.parametrize(
    "plant",
    [
        lambda text: "[" * 100_000,
        lambda text: text.replace('"r_squared": 0', '"r_squared": 1' + 400 * "0"),
        lambda text: text.replace('"VOL"', '"VOLA"'),
        lambda text: text.replace("TCS.NS", "EVIL.NS"),
        lambda text: text.replace("2026-11-20T12:30:00Z", "some time"),
        lambda text: text.replace("2026-11-20T12:30:00Z", "2026-11-20T12:30:00"),
        lambda text: text.replace('"window": 252', '"window": "252"'),
        lambda text: "{}",
    ],
    ids=["deep", "huge", "other factors", "other ticker", "no time", "no zone", "wrong type", "empty"],
)
def test_a_planted_payload_is_a_miss(factor: Run, home: Path, plant) -> None:
    """Whatever JSON stands in a row, an answer that does not fit is computed anew, for beta and heatmap."""
    right = factor(*ASK).results[0]["betas"]
    compute = ("heatmap", "compute", "TCS", "-w", "252", "--source", "demo", "--json")
    factor(*compute)
    with sqlite3.connect(_folder(home) / "cache.db") as database:
        for number, value in database.execute("SELECT rowid, value FROM Cache").fetchall():
            spoilt = _planted(bytes(value), plant)
            database.execute("UPDATE Cache SET value = ? WHERE rowid = ?", (spoilt, number))
    answer = factor(*ASK)
    assert (answer.status, answer.results[0]["betas"]) == (0, right), answer.err
    for words in (compute, ("heatmap", "show", "--source", "demo", "--json"), ("decompose", *ASK[1:])):
        again = factor(*words)
        assert again.status == 0, again.err
        assert again.results


def _planted(payload: bytes, plant) -> bytes:
    """The payload with other JSON; of columns it is the header, with the checksum that belongs to it."""
    if payload.startswith(b"{"):
        return plant(payload.decode()).encode()
    start = LENGTHS.size
    end = start + LENGTHS.unpack_from(payload)[1]
    header = plant(payload[start:end].decode()).encode()
    length, body = len(header).to_bytes(4, "little"), header + payload[end:]
    return LENGTHS.pack(crc32(length + body), len(header)) + body


@pytest.mark.parametrize("row", [("timeout", "abc"), ("get", "1"), ("directory", "/nowhere")])
def test_a_planted_setting_is_set_aside_with_its_database(factor: Run, home: Path, row: tuple[str, str]) -> None:
    """diskcache makes attributes of rows; one that breaks it costs a warning once."""
    factor(*ASK)
    with sqlite3.connect(_folder(home) / "cache.db") as database:
        database.execute("INSERT OR REPLACE INTO Settings VALUES (?, ?)", row)
    mended = factor(*ASK)
    assert mended.status == 0, mended.err
    assert factor(*ASK).err == ""
    assert factor("cache", "info").status == 0


@pytest.mark.installed
@pytest.mark.slow
def test_a_broken_database_is_rebuilt_once_by_eight_processes(
    factor: Run, environment: dict[str, str], home: Path
) -> None:
    """They agree on who sets it aside, and no answer is lost."""
    factor(*ASK)
    database = _folder(home) / "cache.db"
    for part in ("-wal", "-shm"):
        database.with_name(f"cache.db{part}").unlink(missing_ok=True)
    database.write_bytes(os.urandom(50_000))
    windows = [str(100 + i) for i in range(8)]
    runs = [
        subprocess.Popen(
            [command(), *ASK, "--window", window], cwd=home, env=environment, stdout=-3, stderr=-1, text=True
        )
        for window in windows
    ]
    said = [run.communicate(timeout=120)[1] for run in runs]
    assert [run.returncode for run in runs] == [0] * 8
    assert sum("replaced by a new one" in text for text in said) == 1
    assert not any("continuing without it" in text for text in said)
    assert all(_hit(factor(*ASK, "--window", window)) == "disk" for window in windows)


def test_a_folder_that_others_use_keeps_its_rights(factor: Run, home: Path) -> None:
    """An existing folder with other files in it gets a private one inside."""
    shared = home / "shared"
    shared.mkdir(mode=0o755)
    (shared / "theirs.txt").write_text("x")
    factor(*ASK, FACTOR_CACHE_DIR=str(shared))
    assert _hit(factor(*ASK, FACTOR_CACHE_DIR=str(shared))) == "disk"
    assert shared.stat().st_mode & 0o777 == 0o755
    assert (shared / "factorcli").stat().st_mode & 0o777 == 0o700


def test_the_demo_listing_is_of_one_universe(factor: Run, home: Path) -> None:
    """What the demo has depends on the universe, and so does what is kept of it."""
    (home / "one.csv").write_text("ticker,name,sector,isin\nTATAMOTORS.NS,a,Auto,X1\n")
    factor("beta", "TATAMOTORS.NS", "--source", "demo", FACTOR_UNIVERSE="one.csv")
    assert factor("beta", "TMPV.NS", "--source", "demo").status == 0


def test_today_before_the_close_is_another_day_than_after(factor: Run) -> None:
    """--as-of today means the last closed session, and that changes at the close."""
    ask = (*ASK, "--as-of", "2026-11-20")
    assert factor(*ask, FACTOR_NOW="2026-11-20T10:00:00+05:30").results[0]["as_of"] == "2026-11-19"
    after = factor(*ask, FACTOR_NOW="2026-11-20T18:00:00+05:30")
    assert (_hit(after), after.results[0]["as_of"]) == (None, "2026-11-20")


def test_a_planted_lock_harms_nobody(factor: Run, home: Path) -> None:
    """A link is not followed; what a killed run left is swept up."""
    compute = ("heatmap", "compute", "TCS", "-w", "252", "--source", "demo")
    factor(*compute)
    folder = _folder(home)
    victim = home / "victim"
    victim.write_text("keep me")
    (folder / "heat-x.lock").symlink_to(victim)
    (folder / "heat-y.lock").write_text("process 1")
    assert factor("heatmap", "status", "--source", "demo").status == 0
    assert not (folder / "heat-y.lock").exists()
    assert victim.read_text() == "keep me"
