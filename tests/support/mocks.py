"""Pulumi's mocks, without the event loops that the SDK leaves behind."""

import asyncio
import contextlib
import time
from collections.abc import Iterator

import pulumi


@contextlib.contextmanager
def mocked(mocks: pulumi.runtime.Mocks) -> Iterator[None]:
    """`pulumi.runtime.test` works inside, in project `p` and stack `s`; its loops are closed at the end."""
    loops: list[asyncio.AbstractEventLoop] = []

    class Policy(asyncio.DefaultEventLoopPolicy):
        """Knows every loop that the SDK makes: it closes none of them."""

        def new_event_loop(self) -> asyncio.AbstractEventLoop:
            loops.append(super().new_event_loop())
            return loops[-1]

    asyncio.set_event_loop_policy(Policy())
    pulumi.runtime.set_mocks(mocks, project="p", stack="s")
    try:
        yield
    finally:
        while loops:  # A thread that ends late may make one more.
            loop = loops.pop()
            # Where a program fails, the SDK raises its first error; the tasks that fail of it too are told of whenever they are
            # collected. Within another test's `ast.parse` that breaks Python 3.11's parser, which tracebacks use as well.
            loop.set_exception_handler(lambda *_: None)
            _close(loop)
        asyncio.set_event_loop_policy(None)


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """A thread of a program that failed may still be in it."""
    for _ in range(200):
        if not loop.is_running():
            break
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(loop.stop)
        time.sleep(0.05)
    loop.close()
