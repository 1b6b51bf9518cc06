"""What an operation tells is listened to until it has ended."""

from pathlib import Path

import pytest
from dockyard.cli.operations import result
from dockyard.cli.place import Place
from dockyard.errors import DockyardError

TELLS_ON = """
import json, pathlib, sys, time
print(json.dumps({"error": {"message": "the cause", "hint": "what to type"}}), flush=True)
time.sleep(0.2)
print(json.dumps({"error": {"message": "nothing was changed", "hint": "see above"}}), flush=True)
pathlib.Path(__file__).with_name("put-back").touch()
sys.exit(1)
"""


def test_the_first_error_is_raised_once_the_operation_has_ended(tmp_path: Path, capfd) -> None:
    """Restore's own part tells the cause; the part above it still puts back what was there, and speaks too."""
    Path(tmp_path, "ops.pyz").write_text(TELLS_ON)
    with pytest.raises(DockyardError) as raised:
        result(Place(f"{tmp_path}/config.json"), "restore")
    assert (raised.value.args[0], raised.value.hint) == ("the cause", "what to type")
    assert Path(tmp_path, "put-back").exists()
    assert capfd.readouterr().err == ""
