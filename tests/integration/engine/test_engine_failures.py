"""What goes wrong: said clearly, all at once, with everything saved that was done."""

import pytest
from dockyard.errors import DockyardError


def thing(name, **props):
    return {"name": name, "props": {"value": 1, **props}}


def test_a_failing_create_keeps_what_was_made_and_stops_what_was_not_begun(lab):
    """What runs at the time is finished and recorded."""
    lab.up(
        thing("slow", slow=3),
        thing("bad", slow=2, fail="create"),
        {"name": "after", "props": {"value": {"$from": "bad.token"}}},
        ok=False,
    )
    assert lab.things() == lab.ids() == {"slow-0"}
    assert (
        "pending_operations" not in lab.state_file.read_text()
        or '"pending_operations":[{' not in lab.state_file.read_text()
    )
    result = lab.up(
        thing("slow", slow=3), thing("bad"), {"name": "after", "props": {"value": {"$from": "bad.token"}}}
    )
    assert result.ok
    assert lab.things() == lab.ids() == {"slow-0", "bad-0", "after-0"}


def test_all_failures_are_reported_at_once(lab):
    """Two that run side by side both fail: both are named."""
    result = lab.up(thing("one", slow=2, fail="create"), thing("two", slow=2, fail="create"), ok=False)
    assert len(result.failures) == 2
    assert {failure.split(": ")[0].rsplit("::", 1)[1] for failure in result.failures} == {"one", "two"}


def test_a_failing_run_deletes_nothing(lab):
    """What the program might have registered later must not be taken for unwanted."""
    lab.up(thing("old"))
    lab.up(thing("bad", fail="create"), ok=False)
    assert lab.things() == {"old-0"}


def test_refused_properties_are_named_with_their_reasons(lab):
    """The provider's own words, before anything of it is made."""
    lab.up(thing("a", refuse="is not to my taste"), ok=False)
    assert "Thing 'a' has invalid properties:\n  refuse: is not to my taste" in lab.said()


def test_a_failed_update_keeps_the_old_record(lab):
    """The state says what is."""
    lab.up(thing("a"))
    lab.up(thing("a", value=2, fail="update"), ok=False)
    assert lab.resource("a")["inputs"] == {"value": 1}
    assert lab.thing("a-0") == {"value": 1}


def test_a_failed_delete_is_tried_again(lab):
    """What could not be deleted stays in the state; what depended on it is gone."""
    lab.up(thing("a", fail="delete"), {"name": "b", "props": {"value": {"$from": "a.token"}}})
    lab.run("destroy", ok=False)
    assert lab.things() == lab.ids() == {"a-0"}
    lab.run("destroy", ok=False)
    assert lab.ids() == {"a-0"}


def test_what_was_made_but_is_not_healthy_is_kept_and_tried_again(lab):
    """A partial failure carries the resource's id."""
    lab.up(thing("a", fail="init"), ok=False)
    assert "told to fail after it was made" in lab.said()
    assert lab.resource("a")["initErrors"] == ["told to fail after it was made"]
    lab.up(thing("a"))
    assert "initErrors" not in lab.resource("a")
    assert lab.things() == lab.ids() == {"a-0"}


def test_a_run_error_is_shown_without_a_traceback(lab):
    """The text is complete: that is what pulumi.RunError means."""
    lab.up(rest={"run_error": "the port must be a number"}, ok=False)
    assert "the port must be a number" in lab.said()
    assert "Traceback" not in lab.said()


def test_a_crash_shows_the_programs_own_frames(lab):
    """The first frame is the program's, not the launcher's or the SDK's."""
    lab.up(rest={"crash": "something unforeseen"}, ok=False)
    assert "ValueError: something unforeseen" in lab.said()
    assert "__main__.py" in lab.said().split("File ")[1]
    assert "run_program" not in lab.said()


def test_a_crash_keeps_what_was_made_and_deletes_nothing(lab):
    """The program may have meant to register more."""
    lab.up(thing("old"))
    lab.up(thing("new"), rest={"crash": "late"}, ok=False)
    assert "old-0" in lab.things()
    assert lab.things() == lab.ids()


def test_a_missing_provider_is_refused_before_anything_is_made(lab):
    """The refusal names the provider and the CLI."""
    lab.write(thing("a"), {"name": "bucket", "type": "aws:s3:Bucket", "props": {}})
    with pytest.raises(DockyardError, match=r"no plugin for the provider 'aws'(.|\n)*Pulumi CLI"):
        lab.run("up")
    assert lab.things() == set()
    assert not lab.state_file.exists()


def test_a_provider_that_does_not_start_says_why(lab):
    """Its own words from stderr."""
    lab.environment["YARD_BROKEN"] = "1"
    lab.up(thing("a"), ok=False)
    assert "the yard is closed today" in lab.said()
    assert "'yard' did not start" in lab.said()


@pytest.mark.parametrize(
    ("options", "name"), [({"hook": True}, "resource hooks"), ({"transform": True}, "transforms")]
)
def test_what_is_not_supported_is_refused_by_name(lab, options, name):
    """With the way out: the CLI."""
    lab.up({"name": "a", "props": {"value": 1}, "options": options}, ok=False)
    assert f"the embedded engine does not support {name}" in lab.said()
    assert "Pulumi CLI" in lab.said()
    assert lab.things() == set()


def test_two_resources_of_one_name_are_refused(lab):
    """The second would overwrite the first in the state."""
    lab.up(thing("a"), thing("a"), ok=False)
    assert "two resources have the same URN" in lab.said()


def test_a_stack_reference_is_refused_by_name(lab):
    """Built-in functions belong to the CLI."""
    lab.up({"name": "other", "type": "pulumi:pulumi:StackReference", "id": "x", "props": {}}, ok=False)
    assert "StackReference" in lab.said()


def test_refresh_and_destroy_of_an_unknown_stack_are_refused(lab):
    """Neither makes a stack."""
    for verb in ("refresh", "destroy"):
        with pytest.raises(DockyardError, match="no stack named 'dev'"):
            lab.run(verb)


def test_the_plugin_is_gone_after_every_run(lab):
    """Cancelled, then terminated, also after a failure."""
    lab.up(thing("a"), thing("bad", fail="create"), ok=False)
    assert [call.call for call in lab.calls()][-1] == "cancel"
