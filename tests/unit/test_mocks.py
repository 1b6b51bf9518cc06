"""What the tests' mocks leave behind: nothing, also where a program fails."""

import asyncio
import threading
import time

import pulumi
import pytest
from pulumi.runtime.mocks import MockMonitor

from tests.support.recorder import recording


class Thing(pulumi.CustomResource):
    def __init__(self, name, **inputs):
        super().__init__("test:index:Thing", name, inputs)


def refuse(_):
    raise ValueError("refused")


def test_the_loop_of_a_thread_that_is_late_is_closed(monkeypatch):
    """The SDK raises the first error and waits for no other registration."""
    failed, loops = threading.Event(), []
    register = MockMonitor.RegisterResource

    def late(self, request):
        if request.name != "late":
            return register(self, request)
        failed.wait(60)
        time.sleep(0.2)
        answer = register(self, request)
        loops.append(asyncio.get_event_loop())
        return answer

    monkeypatch.setattr(MockMonitor, "RegisterResource", late)

    def program():
        Thing("late")
        Thing("wrong", given=Thing("other").urn.apply(refuse))

    with recording() as recorder:
        with pytest.raises(ValueError, match="refused"):
            recorder.run(program)
        failed.set()
    assert [loop.is_closed() for loop in loops] == [True]
