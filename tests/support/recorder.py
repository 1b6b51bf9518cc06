"""Pulumi's mocks: what a program registers, exactly."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pulumi
from pulumi.runtime.settings import get_monitor

from tests.support.mocks import mocked


class Recorder(pulumi.runtime.Mocks):
    """Records what is registered. Outputs are the inputs and what `outputs` gives for the type; functions answer from `answers`.

    An input that is an object gains what `outputs` has beside it or in another form; an `id` among the outputs is the resource's.
    """

    def __init__(self, outputs: dict[str, dict[str, Any]], answers: dict[str, dict[str, Any]]) -> None:
        self.outputs, self.answers = outputs, answers
        self.registered: list[pulumi.runtime.MockResourceArgs] = []
        self.called: list[pulumi.runtime.MockCallArgs] = []

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.registered.append(args)
        outputs = self.outputs.get(args.typ, {})
        gained = {
            key: {
                **value,
                **{k: v for k, v in outputs[key].items() if type(value.get(k)) is not type(v)},
            }
            for key, value in args.inputs.items()
            if isinstance(value, dict) and isinstance(outputs.get(key), dict)
        }
        return outputs.get("id", f"{args.name}-id"), {**outputs, **args.inputs, **gained}

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        self.called.append(args)
        return self.answers[args.token]

    def run(self, program: Callable[[], Any]) -> "Recorded":
        """What the program registers, when everything has settled."""
        self.registered.clear()
        pulumi.runtime.test(program)()
        return Recorded(self.registered, [str(urn) for urn in get_monitor().resources])


class Recorded:
    """One run. Registrations by type, short (`Repository`), and by name."""

    def __init__(self, registered: list[pulumi.runtime.MockResourceArgs], urns: list[str]) -> None:
        self.registered, self.urns = list(registered), urns

    def names(self) -> set[tuple[str, str]]:
        return {(item.typ.rpartition(":")[2], item.name) for item in self.registered}

    def of(self, short: str) -> dict[str, dict[str, Any]]:
        """Inputs by name."""
        return {item.name: item.inputs for item in self.registered if item.typ.endswith(f":{short}")}

    def one(self, short: str) -> dict[str, Any]:
        """The inputs of the only one of its type."""
        found = self.of(short)
        assert len(found) == 1, sorted(found)
        return next(iter(found.values()))


@contextmanager
def recording(
    outputs: dict[str, dict[str, Any]] | None = None, answers: dict[str, dict[str, Any]] | None = None
) -> Iterator[Recorder]:
    """Mocks for the time of a test. The SDK closes none of the event loops that it makes, so they are closed here."""
    recorder = Recorder(outputs or {}, answers or {})
    with mocked(recorder):
        yield recorder


def values_of(output: pulumi.Output[Any], into: list[Any]) -> pulumi.Output[Any]:
    """Puts what the output becomes, and whether it is a secret, into the list."""
    seen = pulumi.Output.all(output, output.is_secret())
    return seen.apply(into.append)
