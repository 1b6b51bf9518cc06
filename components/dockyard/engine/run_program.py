"""Runs a Pulumi program in a process of its own, started by path with the interpreter that the project names.

Reads its settings as one JSON object from stdin, so that no configuration value stands in its environment
or on its command line. Does the three things that Pulumi's own launcher does: configure the SDK, set the
configuration, run the program
inside a stack. Imports nothing of dockyard: the program's environment may not have it.
"""

import asyncio
import gc
import json
import logging
import os
import re
import runpy
import sys
import traceback
import types
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

SHOWN = 32
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_THREADS_PER_SLOT = 4
# What a program makes lives to its end: looking through all of it over and over costs a third of a large one's time.
_GARBAGE = (50_000, 50, 100)
_SDK = re.compile(r"/site-packages/pulumi(?:_\w+)?/")
_PLAIN = (
    "{place}: {token} is asked for a plain value, and without a provider its answer is unknown\n"
    "hint: use the function's output form (its name with `_output`), whose answer may be unknown"
)


def user_traceback(error: BaseException, folder: str) -> str:
    """The traceback from the program's first frame on; whole where no frame is the program's."""
    frames = traceback.extract_tb(error.__traceback__)
    inside = [
        index
        for index, frame in enumerate(frames)
        # "<frozen runpy>" is no file, though abspath makes one of it.
        if not frame.filename.startswith("<") and os.path.abspath(frame.filename).startswith(folder + os.sep)
    ]
    limit = inside[0] - len(frames) if inside else None
    return "".join(traceback.format_exception(type(error), error, error.__traceback__, limit=limit))


def innermost(frames: Any, root: str, inside: Callable[[str], bool]) -> list[Any]:
    """File and line of the last frame whose file is wanted; empty where none is. A file below `root` is named
    from there.
    """
    for frame in reversed(frames):
        # "<frozen runpy>" is no file, though abspath makes one of it.
        file = "" if frame.filename.startswith("<") else os.path.abspath(frame.filename)
        if file and file != os.path.abspath(__file__) and inside(file):
            return [os.path.relpath(file, root) if file.startswith(root + os.sep) else file, frame.lineno]
    return []


class QuietEngine:
    """The engine's stub without debug messages: the SDK sends four for each resource, one call each, and
    the engine drops them.
    """

    def __init__(self, address: str, root: str) -> None:
        import grpc
        from google.protobuf import empty_pb2
        from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

        stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))
        debug, nothing = engine_pb2.DEBUG, empty_pb2.Empty()
        self.GetRootResource = stub.GetRootResource
        self.SetRootResource = stub.SetRootResource
        self.RequirePulumiVersion = stub.RequirePulumiVersion
        self.StartDebugging = stub.StartDebugging
        self._root = root
        self.metadata: list[tuple[str, bytes]] = []
        self.Log = lambda request: (
            nothing if request.severity == debug else stub.Log(request, metadata=self.metadata)
        )

    def fail(self, message: str, error: BaseException, folder: str) -> None:
        """Log why the program failed, with the line of the program that is to blame (source.py)."""
        import pulumi

        frames = traceback.extract_tb(error.__traceback__)
        found = innermost(frames, self._root, lambda file: file.startswith(folder))
        if found:
            self.metadata = [("dockyard-source-bin", json.dumps(found).encode())]
        pulumi.log.error(message)


def configure(settings: dict[str, Any]) -> QuietEngine:
    """Tell the SDK where the engine is and what the configuration holds."""
    import pulumi.runtime

    engine = QuietEngine(settings["address"], settings["root"])

    pulumi.runtime.set_all_config(settings["config"], settings["secret_keys"])
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            monitor=settings["address"],
            engine=engine,
            project=settings["project"],
            stack=settings["stack"],
            parallel=settings["parallel"],
            dry_run=settings["preview"],
            organization=settings["organization"],
            root_directory=settings["root"],
        )
    )
    return engine


def hide_unopened(config: dict[str, str]) -> None:
    """Values that could not be decrypted hold the text of an unknown: as secrets they are unknown secrets."""
    import pulumi

    def known(value: Any) -> Any:
        future = asyncio.get_event_loop().create_future()
        future.set_result(value)
        return future

    def hidden(method: Callable[..., Any]) -> Callable[..., Any]:
        def get(self: Any, key: str, *args: Any, **kwargs: Any) -> Any:
            if UNKNOWN not in config.get(self.full_key(key), ""):
                return method(self, key, *args, **kwargs)
            return pulumi.Output(set(), known(None), known(False), known(True))

        return get

    for name, method in list(vars(pulumi.Config).items()):
        if name.startswith(("get_secret", "require_secret")):
            setattr(pulumi.Config, name, hidden(method))


def know_no_more_than_inputs() -> None:
    """Offline a resource's outputs are its inputs. What the SDK's types have beside them is unknown: fields
    within an object that were not put in, and what comes out as another type than it goes in.
    """
    import pulumi._types
    from pulumi.output import UNKNOWN as unknown
    from pulumi.runtime import rpc

    build, translate = pulumi._types.output_type_from_dict, rpc.translate_output_properties

    def built(cls: Any, output: dict[str, Any]) -> Any:
        rest = {name: unknown for name in pulumi._types.output_type_types(cls) if name not in output}
        return build(cls, {**output, **rest})

    def translated(*args: Any, **kwargs: Any) -> Any:
        try:
            return translate(*args, **kwargs)
        except AssertionError:
            return unknown

    pulumi._types.output_type_from_dict = built
    rpc.translate_output_properties = translated


def name_plain_invokes(root: str) -> None:
    """Offline every function's answer is unknown, which only its output form can say: name the line that
    asks for a plain value, where the SDK would go on with None.
    """
    import pulumi.runtime

    module = sys.modules["pulumi.runtime.invoke"]
    invoke = module._invoke

    def asked(token: str, *args: Any, **kwargs: Any) -> Any:
        awaitable = invoke(token, *args, **kwargs)
        if kwargs.get("check_dependencies"):
            return awaitable
        place = innermost(traceback.extract_stack(), root, lambda file: not _SDK.search(file))

        async def answer() -> Any:
            result = await awaitable
            if not result.is_known:
                raise pulumi.RunError(_PLAIN.format(token=token, place=":".join(map(str, place))))
            return result

        return answer()

    module._invoke = asked  # type: ignore[attr-defined]


def wait_in_linear_time() -> None:
    """The SDK waits for the first of all pending outputs, over and over: time that grows with their square. Waiting for all
    of them, or the first that fails, tells it the same.
    """
    import pulumi.runtime.stack

    def wait(tasks: Any, return_when: str) -> Any:
        return asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)

    names = {**vars(asyncio), "wait": wait}
    pulumi.runtime.stack.asyncio = types.SimpleNamespace(**names)  # type: ignore[assignment, attr-defined]


def run(settings: dict[str, Any]) -> int:
    """Run the program; its exit code: SHOWN where the reason of a failure has been logged."""
    import pulumi
    import pulumi.runtime

    engine = configure(settings)
    wait_in_linear_time()
    gc.set_threshold(*_GARBAGE)
    if settings["offline"]:
        hide_unopened(settings["config"])
        know_no_more_than_inputs()
        name_plain_invokes(settings["root"])
    # A program that fails leaves futures that nobody awaits; asyncio would report each.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(settings["parallel"] * _THREADS_PER_SLOT)
    loop.set_default_executor(executor)
    folder, program = os.getcwd(), settings["program"]
    sys.argv = [program]

    def execute() -> None:
        runpy.run_path(program, run_name="__main__")

    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(execute))
    except pulumi.RunError as error:
        engine.fail(str(error), error, folder + os.sep)
        return SHOWN
    except Exception as error:
        engine.fail(f"the program failed:\n{user_traceback(error, folder)}", error, folder + os.sep)
        return SHOWN
    finally:
        executor.shutdown(wait=True)
        loop.close()
    return 0


if __name__ == "__main__":
    sys.exit(run(json.load(sys.stdin)))
