"""Runs a Pulumi program in a process of its own, started by path with the interpreter that the project names.

Reads its settings as one JSON object from stdin, so that no configuration value stands in its environment
or on its command line. Does the three things that Pulumi's own launcher does: configure the SDK, set the
configuration, run the program
inside a stack. Imports nothing of dockyard: the program's environment may not have it.
"""

import asyncio
import json
import logging
import os
import runpy
import sys
import traceback
import types
from concurrent.futures import ThreadPoolExecutor
from typing import Any

SHOWN = 32
_THREADS_PER_SLOT = 4


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


class QuietEngine:
    """The engine's stub without debug messages: the SDK sends four for each resource, one call each, and
    the engine drops them.
    """

    def __init__(self, address: str) -> None:
        import grpc
        from google.protobuf import empty_pb2
        from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

        stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))
        debug, nothing = engine_pb2.DEBUG, empty_pb2.Empty()
        self.GetRootResource = stub.GetRootResource
        self.SetRootResource = stub.SetRootResource
        self.RequirePulumiVersion = stub.RequirePulumiVersion
        self.StartDebugging = stub.StartDebugging
        self.Log = lambda request: nothing if request.severity == debug else stub.Log(request)


def configure(settings: dict[str, Any]) -> None:
    """Tell the SDK where the engine is and what the configuration holds."""
    import pulumi.runtime

    pulumi.runtime.set_all_config(settings["config"], settings["secret_keys"])
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            monitor=settings["address"],
            engine=QuietEngine(settings["address"]),
            project=settings["project"],
            stack=settings["stack"],
            parallel=settings["parallel"],
            dry_run=settings["preview"],
            organization=settings["organization"],
            root_directory=settings["root"],
        )
    )


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

    configure(settings)
    wait_in_linear_time()
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
        pulumi.log.error(str(error))
        return SHOWN
    except Exception as error:
        pulumi.log.error(f"the program failed:\n{user_traceback(error, folder)}")
        return SHOWN
    finally:
        executor.shutdown(wait=True)
        loop.close()
    return 0


if __name__ == "__main__":
    sys.exit(run(json.load(sys.stdin)))
