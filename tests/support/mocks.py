"""Pulumi's mocks, without the event loops that the SDK leaves behind."""

import asyncio
import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pulumi


@contextlib.contextmanager
def mocked(mocks: pulumi.runtime.Mocks) -> Iterator[None]:
    """`pulumi.runtime.test` works inside, in project `p` and stack `s`; its loops are closed at the end."""
    loops: list[asyncio.AbstractEventLoop] = []
    # Where each loop runs what waits, which the SDK asks the mocks in: each thread of it has made a loop of its own by then.
    pools: list[ThreadPoolExecutor] = []

    class Policy(asyncio.DefaultEventLoopPolicy):
        """Knows every loop that the SDK makes: it closes none of them."""

        def new_event_loop(self) -> asyncio.AbstractEventLoop:
            loop, pool = super().new_event_loop(), ThreadPoolExecutor()
            loop.set_default_executor(pool)
            loops.append(loop)
            pools.append(pool)
            return loop

    asyncio.set_event_loop_policy(Policy())
    pulumi.runtime.set_mocks(mocks, project="p", stack="s")
    try:
        yield
    finally:
        # Where a program fails, the SDK waits for none of its threads: one that is late would make a loop that nobody knows any more.
        for pool in pools:
            pool.shutdown(cancel_futures=True)
        for loop in loops:
            # The SDK raises the first error of such a program; the tasks that fail of it too are told of whenever they are
            # collected. Within another test's `ast.parse` that breaks Python 3.11's parser, which tracebacks use as well.
            loop.set_exception_handler(lambda *_: None)
            loop.close()
        asyncio.set_event_loop_policy(None)
