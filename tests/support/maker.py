"""Makes one registry again and again, under recording mocks."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from dockyard.run_error import ArgsError

from tests.support.recorder import Recorded, Recorder


class Maker:
    """Makes the registry `images` of some arguments and keeps what came of it."""

    def __init__(self, recorder: Recorder, component: Callable[..., Any], base: dict[str, Any]) -> None:
        self.recorder, self.component, self.base = recorder, component, base

    def __call__(
        self,
        then: Callable[[Any], Any] | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **args: Any,
    ) -> Recorded:
        def program() -> Any:
            registry = self.component("images", {**self.base, **args}, opts)
            return then(registry) if then else registry.images

        return self.recorder.run(program)

    def output(self, name: str, **args: Any) -> Any:
        """The value of an output."""
        seen: list[Any] = []
        self(lambda registry: getattr(registry, name).apply(seen.append), **args)
        return seen[0]

    def refusal(self, **args: Any) -> str:
        """What it says to arguments that it must not take."""
        with pytest.raises(ArgsError) as refused:
            self(**args)
        return str(refused.value)
