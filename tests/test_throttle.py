"""The token bucket, with a clock of the test's own."""

import itertools
import sqlite3
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factorcli.prices import throttle
from factorcli.prices.throttle import JITTER_SECONDS, MAX_PAUSE_SECONDS, PAUSE_SECONDS, Blocked, TokenBucket

pytestmark = pytest.mark.yahoo


class Time:
    """A clock that sleeping moves on."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        """What `threading.Event.wait` does, in no time."""
        self.now += seconds
        return False

    def bucket(self, rate: float, burst: int, path: Path | None = None) -> TokenBucket:
        """A bucket of this clock."""
        return TokenBucket(path, rate, burst, now=self)

    def take(self, bucket: TokenBucket) -> float:
        """One slot."""
        return bucket.acquire(self)  # type: ignore[arg-type]


def excess(times: list[float], rate: float, burst: float) -> float:
    """By how many the worst interval exceeds burst + rate · t."""
    return max(
        j - i + 1 - burst - rate * (times[j] - times[i]) for i in range(len(times)) for j in range(i, len(times))
    )


@given(
    rate=st.floats(0.5, 60),
    burst=st.integers(1, 20),
    pauses=st.lists(st.floats(0, 2), min_size=5, max_size=40),
    late=st.lists(st.floats(0, JITTER_SECONDS), min_size=40, max_size=40),
)
@settings(deadline=None, max_examples=60)
def test_no_interval_holds_more_than_burst_and_rate_allow(rate, burst, pauses, late) -> None:
    """Whatever the gaps between requests; and where the burst has room, also as a server sees them, a little late."""
    clock = Time()
    bucket = clock.bucket(rate, burst)
    granted = []
    for pause in pauses:
        clock.now += pause
        granted.append(clock.take(bucket))
    assert excess(granted, rate, burst) <= 1e-6
    if burst - JITTER_SECONDS * rate >= 1:
        seen = sorted(time + delay for time, delay in zip(granted, late, strict=False))
        assert excess(seen, rate, burst) <= 1e-6


def test_a_long_run_takes_as_long_as_the_rate_says() -> None:
    """Nothing is lost between requests: 200 of them at 20 a second."""
    clock = Time()
    bucket = clock.bucket(20, 10)
    start = clock.now
    for _ in range(200):
        clock.take(bucket)
    assert clock.now - start == pytest.approx((200 - (10 - JITTER_SECONDS * 20)) / 20, abs=1 / 20)


def test_a_late_joiner_finds_the_bucket_as_it_is(tmp_path: Path) -> None:
    """Two buckets of one file share its slots: the second has no burst of its own."""
    clock = Time()
    first, second = (clock.bucket(1, 5, tmp_path / "bucket.db") for _ in range(2))
    granted = [clock.take(first) for _ in range(5)] + [clock.take(second) for _ in range(5)]
    assert excess(granted, 1, 5) <= 1e-6


def test_threads_take_turns() -> None:
    """Eight threads that ask without end get about the same number of slots."""
    bucket = TokenBucket(None, 200, 1)
    counts = [0] * 8
    stop = threading.Event()

    def ask(i: int) -> None:
        while sum(counts) < 160:
            try:
                bucket.acquire(stop)
            except InterruptedError:
                return
            counts[i] += 1

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert min(counts) >= 160 / 8 / 2


def test_a_refusal_reaches_those_who_already_wait() -> None:
    """A slot that was reserved before the refusal is not used: it is taken anew, after the pause."""
    clock = Time()
    bucket = clock.bucket(1, 1)
    first = clock.take(bucket)

    class Refusing(Time):
        def wait(self, seconds: float) -> bool:
            if seconds and not self.done:
                self.done = True
                bucket.refused(first, 5.0)
            clock.now += seconds
            return False

        done = False

    refused_at = clock.now
    assert bucket.acquire(Refusing()) >= refused_at + 5.0  # type: ignore[arg-type]


def test_after_a_refusal_requests_come_one_by_one_at_half_the_rate_which_grows_back() -> None:
    """No burst after the pause, twice the distance, and after a while the old one."""
    clock = Time()
    bucket = clock.bucket(4, 10)
    refused = clock.take(bucket)
    bucket.refused(refused, None)
    bucket.answered()
    granted = [clock.take(bucket) for _ in range(5)]
    assert granted[0] >= refused + PAUSE_SECONDS[0]
    gaps = [b - a for a, b in itertools.pairwise(granted)]
    assert gaps == pytest.approx([0.5] * 4, rel=0.05)
    clock.now += 10 * throttle.RECOVERY_SECONDS
    later = [clock.take(bucket) for _ in range(20)]
    assert later[-1] - later[-2] == pytest.approx(0.25)


def test_requests_that_were_under_way_together_are_one_refusal() -> None:
    """Eight 429 at once slow down once, and count once."""
    clock = Time()
    bucket = clock.bucket(20, 20)
    under_way = [clock.take(bucket) for _ in range(8)]
    clock.now += 0.1
    for granted in under_way:
        bucket.refused(granted, None)
    clock.take(bucket)
    first = clock.take(bucket)
    assert clock.take(bucket) - first == pytest.approx(2 / 20, rel=0.01)


def test_the_fourth_refusal_in_a_row_ends_the_run_and_an_answer_begins_a_new_row() -> None:
    """Pauses grow; what was answered between two refusals shows that the address is not blocked."""
    clock = Time()
    bucket = clock.bucket(2, 10)
    for _ in range(2):
        for pause in PAUSE_SECONDS:
            granted = clock.take(bucket)
            bucket.refused(granted, None)
            assert bucket.seconds_for(0) >= pause
        bucket.answered()
    for _ in PAUSE_SECONDS:
        bucket.refused(clock.take(bucket), None)
    with pytest.raises(Blocked):
        bucket.refused(clock.take(bucket), None)


def test_a_pause_longer_than_a_run_can_wait_is_known_to_the_next_run(tmp_path: Path) -> None:
    """Retry-After of an hour: neither this process nor another one asks before it is over."""
    clock = Time()
    bucket = clock.bucket(2, 10, tmp_path / "bucket.db")
    with pytest.raises(Blocked) as blocked:
        bucket.refused(clock.take(bucket), 3600.0)
    assert blocked.value.seconds == 3600.0
    clock.now += 60
    with pytest.raises(Blocked) as blocked:
        clock.take(clock.bucket(2, 10, tmp_path / "bucket.db"))
    assert blocked.value.seconds == pytest.approx(3540)
    clock.now += 3600 - MAX_PAUSE_SECONDS
    assert clock.take(bucket) >= 1_003_600


def test_a_clock_that_was_set_back_does_not_lock_anybody_out() -> None:
    """A slot years ahead is no slot."""
    clock = Time()
    bucket = clock.bucket(2, 10)
    clock.now += 1e8
    clock.take(bucket)
    clock.now -= 1e8
    before = clock.now
    assert clock.take(bucket) == before


@pytest.mark.parametrize("broken", ["no database", "another version"])
def test_a_file_that_is_broken_is_begun_anew(tmp_path: Path, broken: str) -> None:
    """And the next process shares it again."""
    path = tmp_path / "bucket.db"
    if broken == "no database":
        path.write_bytes(b"not a database, but long enough to look like one" * 50)
    else:
        with sqlite3.connect(path) as old:
            old.execute("CREATE TABLE bucket (id INTEGER PRIMARY KEY, tokens REAL)")
        old.close()
    clock = Time()
    first, second = (TokenBucket(path, 2, 1, now=clock) for _ in range(2))
    assert clock.take(first) == clock.take(second) - 0.5


def test_a_folder_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    """Which compose turns into a bucket of this process alone, and a warning."""
    with pytest.raises(sqlite3.Error):
        TokenBucket(tmp_path / "missing" / "bucket.db", 2, 10)


def test_a_file_that_fails_in_the_middle_is_gone_on_without(tmp_path: Path) -> None:
    """A full disk costs the sharing, which is told once, and neither the run nor the limit."""
    clock = Time()
    told: list[Exception] = []
    bucket = TokenBucket(tmp_path / "bucket.db", 2, 1, now=clock, on_file_error=told.append)
    first = clock.take(bucket)
    with sqlite3.connect(tmp_path / "bucket.db") as other:
        other.execute("DROP TABLE bucket")
    other.close()
    assert [clock.take(bucket) - first for _ in range(3)] == [0.5, 1.0, 1.5]
    assert len(told) == 1
