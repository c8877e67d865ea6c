"""How many calls may be under way: halved once for a 429, raised slowly, never over the setting."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from zsync.crm.limits import HEAVY, Credits, Gate, Patience
from zsync.errors import AccessDenied

Work = Callable[[Gate, AsyncExitStack], Awaitable[None]]


def limit_after(most: int, work: Work) -> int:
    """The gate's limit when the work is done."""

    async def run() -> int:
        gate = Gate(most)
        async with AsyncExitStack() as calls:
            await work(gate, calls)
        return gate.limit

    return asyncio.run(run())


def test_calls_that_were_turned_away_together_halve_the_limit_once() -> None:
    async def work(gate: Gate, calls: AsyncExitStack) -> None:
        for epoch in [await calls.enter_async_context(gate.call(heavy=False)) for _ in range(5)]:
            gate.throttled(epoch)

    assert limit_after(8, work) == 2


@pytest.mark.parametrize(("times", "limit"), [(0, 5), (1, 2), (2, 1), (9, 1)])
def test_each_call_that_was_made_and_turned_away_since_halves_it_again(times: int, limit: int) -> None:
    async def work(gate: Gate, calls: AsyncExitStack) -> None:
        for _ in range(times):
            async with gate.call(heavy=False) as epoch:
                gate.throttled(epoch)

    assert limit_after(8, work) == limit


def test_a_late_429_of_a_call_from_before_the_halving_counts_no_more() -> None:
    async def work(gate: Gate, calls: AsyncExitStack) -> None:
        old = await calls.enter_async_context(gate.call(heavy=False))
        async with gate.call(heavy=False) as epoch:
            gate.throttled(epoch)
        for _ in range(40):
            gate.succeeded()
        gate.throttled(old)

    assert limit_after(8, work) > 2


@pytest.mark.parametrize(("most", "start"), [(1, 1), (3, 3), (5, 5), (25, 5)])
def test_a_run_begins_with_five_and_grows_to_what_is_set(most: int, start: int) -> None:
    async def work(gate: Gate, calls: AsyncExitStack) -> None:
        assert gate.limit == start
        for _ in range(10_000):
            gate.succeeded()

    assert limit_after(most, work) == most


def test_four_rounds_of_success_raise_the_limit_by_one() -> None:
    async def work(gate: Gate, calls: AsyncExitStack) -> None:
        for _ in range(20):
            gate.succeeded()
        assert gate.limit == 5
        for _ in range(4):
            gate.succeeded()

    assert limit_after(25, work) == 6


@pytest.mark.parametrize(("heavy", "most", "expected"), [(False, 5, 5), (False, 3, 3), (True, 25, 5)])
def test_no_more_calls_are_under_way_than_the_limit(heavy: bool, most: int, expected: int) -> None:
    assert most_at_once(most, heavy=heavy, grown=0) == expected


def test_no_more_heavy_calls_are_under_way_than_zoho_takes() -> None:
    assert most_at_once(25, heavy=True, grown=10_000) == HEAVY
    assert most_at_once(25, heavy=False, grown=10_000) == 25


def most_at_once(most: int, *, heavy: bool, grown: int) -> int:
    """How many of fifty calls are under way at once, after so many successes; all of them get through."""
    under_way, peak, done = 0, 0, 0

    async def one(gate: Gate) -> None:
        nonlocal under_way, peak, done
        async with gate.call(heavy=heavy):
            under_way += 1
            peak = max(peak, under_way)
            await asyncio.sleep(0)
            under_way -= 1
        done += 1

    async def run() -> None:
        gate = Gate(most)
        for _ in range(grown):
            gate.succeeded()
        await asyncio.gather(*(one(gate) for _ in range(50)))

    asyncio.run(run())
    assert done == 50
    return peak


def test_a_call_that_is_given_up_in_the_line_takes_nobodys_place() -> None:
    async def run() -> None:
        gate = Gate(1)

        async def one() -> None:
            async with gate.call(heavy=False):
                await asyncio.sleep(0)

        async with gate.call(heavy=False):
            waiting = [asyncio.create_task(one()) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()
            await asyncio.sleep(0)
        assert await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.wait_for(one(), 10)

    asyncio.run(run())


@pytest.mark.parametrize(("left", "sent"), [("101", True), ("100", False), ("0", False)])
def test_no_call_touches_the_credits_that_are_kept(left: str, sent: bool) -> None:
    account = Credits(100)
    account.check("GET /org")
    account.read(left)
    if sent:
        account.check("GET /org")
        return
    with pytest.raises(AccessDenied, match=f"{left} credits are left, and 100 are kept") as caught:
        account.check("GET /org")
    assert (caught.value.code, caught.value.exit_code) == ("CREDIT_RESERVE", 8)


def test_without_a_reserve_the_last_credit_is_used() -> None:
    account = Credits(0)
    account.read("0")
    account.check("GET /org")


@pytest.mark.parametrize("header", [None, "", " ", "many", "-1", "1.5"])
def test_what_is_no_number_of_credits_changes_nothing(header: str | None) -> None:
    account = Credits(0)
    account.read("7")
    account.read(header)
    assert account.left == 7


def test_a_run_waits_so_long_in_all_and_says_so_from_a_second_on() -> None:
    slept: list[float] = []
    told: list[str] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def run() -> list[bool]:
        patience = Patience(sleep, told.append, most=10.0)
        return [await patience.wait(seconds, "429") for seconds in (0.5, 1.0, 8.0, 1.0, 0.5, 0.25)]

    assert asyncio.run(run()) == [True, True, True, False, True, False]
    assert slept == [0.5, 1.0, 8.0, 0.5]
    assert told == ["waiting 1 s: 429", "waiting 8 s: 429"]
