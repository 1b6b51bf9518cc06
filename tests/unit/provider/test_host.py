"""Host: what its inputs may be, and what changes between two of them. Nothing here touches the host."""

import pytest
from dockyard.engine.values import UNKNOWN, Secret
from dockyard.provider.host import Host
from dockyard.provider.host_check import host_problems
from dockyard.provider.resource import Call, Change

CALL = Call("web", "urn:test::web")


def inputs(**changes):
    wanted = {
        "connection": {"local": {}},
        "runtime": "systemd",
        "files": {"/etc/a": {"content": Secret("x"), "mode": "0600"}},
        **changes,
    }
    Host().check(CALL, wanted)
    return wanted


def test_a_plain_bundle_has_no_problem():
    assert host_problems(inputs()) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"runtime": "upstart"}, 'runtime: must be "systemd" or "supervisor", got \'upstart\''),
        ({"runtime": "supervisor"}, "supervisor: must be the path of one of files, got None"),
        ({"deletion": "all"}, 'deletion: must be "retain" or "delete", got \'all\''),
        ({"packageManager": "yum"}, 'packageManager: must be "apt" or "dnf", got \'yum\''),
        ({"connection": {"telnet": {}}}, "connection: must be"),
        ({"packages": ["nginx; rm -rf /"]}, "packages[0]: is no valid name: 'nginx; rm -rf /'"),
        ({"packages": ["-oDebug"]}, "packages[0]: is no valid name"),
        ({"accounts": [{"name": "Root$(id)"}]}, "accounts[0].name: is no valid name"),
        ({"services": [{"name": "--now"}]}, "services[0].name: is no valid name"),
        ({"services": [{"name": "a", "restartOn": ["/b"]}]}, "services[0].restartOn: is not one of files"),
        ({"files": {"a": {"content": "", "mode": "0600"}}}, 'files["a"]: must be an absolute path'),
        (
            {"files": {"/a/../b": {"content": "", "mode": "0600"}}},
            "must be an absolute path without . and ..",
        ),
        ({"files": {"/a": {"content": "", "mode": "rw"}}}, 'files["/a"].mode: must be octal'),
        ({"files": {"/a": {"content": 3.0, "mode": "600"}}}, 'files["/a"].content: must be a text'),
        ({"files": {"/a": {"content": "", "mode": "600", "x": 1}}}, 'files["/a"]: unknown property x'),
        ({"files": {}}, "files: a bundle needs a file or a directory"),
        ({"files": []}, "files: must be a object, got list"),
        ({"requires": {"ports": ["localhost:80"]}}, "requires.ports[0]: must be address:port"),
        ({"requires": {"ports": ["127.0.0.1:65536"]}}, "requires.ports[0]: must be address:port"),
        ({"requires": {"binaries": ["nginx"]}}, "requires.binaries[0]: must be an absolute path"),
        ({"checks": [{"name": "t", "command": [], "root": "/etc"}]}, "checks[0].command: must be a list"),
        ({"extra": 1}, "extra: unknown property"),
    ],
)
def test_bad_input_is_named(changes, message):
    problems = [str(problem) for problem in host_problems(inputs(**changes))]
    assert len(problems) == 1
    assert message in problems[0]


def test_all_problems_come_at_once():
    wrong = inputs(runtime="x", deletion="y", packages=["A"], requires={"ports": ["z"]})
    assert len(host_problems(wrong)) == 4


def test_a_content_that_is_unknown_yet_is_no_problem():
    content = {"content": Secret(UNKNOWN), "mode": "0600"}
    assert host_problems(inputs(files={"/etc/a": content})) == []


def test_a_secret_never_stands_in_a_problem():
    wrong = inputs(files={"/etc/a": {"content": Secret("hush"), "mode": "no"}})
    assert "hush" not in str(host_problems(wrong))


@pytest.fixture
def quiet(monkeypatch):
    """A host on which nothing has drifted."""
    monkeypatch.setattr("dockyard.provider.host.call_agent", lambda *_: {"findings": []})


def state(quiet_inputs):
    _, outputs = Host().create(CALL, quiet_inputs, preview=True)
    return outputs


def test_a_preview_knows_the_digest_where_everything_is_known():
    assert len(state(inputs())["digest"]) == 64
    assert state(inputs(files={"/a": {"content": UNKNOWN, "mode": "0600"}}))["digest"] is UNKNOWN


@pytest.mark.usefixtures("quiet")
def test_a_file_that_changes_is_named_alone():
    more = {"/etc/b": {"content": "y", "mode": "0600"}}
    old = state(inputs())
    new = inputs(files={"/etc/a": {"content": Secret("z"), "mode": "0600"}, **more})
    changes = Host().diff(CALL, "id", old, new).changes
    assert changes == {'files["/etc/a"]': Change.UPDATE, 'files["/etc/b"]': Change.ADD}


@pytest.mark.usefixtures("quiet")
def test_the_same_inputs_are_no_change():
    assert Host().diff(CALL, "id", state(inputs()), inputs()).changes == {}


def test_what_has_drifted_is_a_change_and_is_told_once(monkeypatch):
    report = {"findings": [['files["/etc/a"]', "/etc/a was edited"]]}
    monkeypatch.setattr("dockyard.provider.host.call_agent", lambda *_: report)
    said = []
    call = Call("web", "urn", lambda text, _: said.append(text))
    host, old = Host(), state(inputs())
    host.read(call, "id", old)
    assert host.diff(call, "id", old, inputs()).changes == {'files["/etc/a"]': Change.UPDATE}
    assert said == ["drift: /etc/a was edited"]


@pytest.mark.usefixtures("quiet")
def test_the_registry_s_program_is_judged_and_its_change_is_told_once():
    paths = {"configuration": "/etc/a", "config": "/etc/a"}
    registry = {"service": "registry", "version": "2", "program": "/usr/bin/r", "own": False, **paths}
    services = [{"name": "registry"}]
    assert host_problems(inputs(services=services, registry=registry)) == []
    wrong = {"service": "web", "version": "4", "program": "r; id", "own": True, "config": "/etc/b"}
    found = [problem.path for problem in host_problems(inputs(services=services, registry=wrong))]
    assert found == [
        f"registry.{key}" for key in ("program", "version", "service", "configuration", "config")
    ]
    said = []
    call = Call("web", "urn:test::web", lambda text, _: said.append(text))
    host = Host()
    new = inputs(services=services, registry={**registry, "version": "3", "program": "/opt/r"})
    for _ in range(2):
        changes = host.diff(call, "host-1", inputs(services=services, registry=registry), new).changes
    assert {'registry["version"]', 'registry["program"]'} <= set(changes)
    assert said == ["the registry changes from version 2 (/usr/bin/r) to version 3 (/opt/r)"]


@pytest.mark.usefixtures("quiet")
def test_images_of_the_registry_are_those_that_docker_has_and_their_change_is_told():
    place = {
        "service": "registry",
        "version": "2",
        "own": False,
        "configuration": "/etc/a",
        "config": "/etc/a",
    }
    images, told = ("registry:2.8.3", "nginx:1", "nginx:2"), []
    containers = {"file": "/etc/a", "project": "x", "images": list(images), "accounts": {}, "writes": {}}
    more = {"services": [{"name": "registry", "container": "registry"}]}
    more["containers"] = {**containers, "program": [images[0], "/bin/registry", "/var/r"]}
    old = inputs(registry={**place, "program": images[0], "front": images[1]}, **more)
    new = inputs(registry={**place, "program": images[0], "front": images[2]}, **more)
    assert host_problems(new) == []
    wrong = inputs(registry={**place, "program": "/usr/bin/r"}, **more)
    assert [it.path for it in host_problems(wrong)] == ["registry.program", "registry.front"]
    call = Call("web", "urn:test::web", lambda text, _: told.append(text))
    Host().diff(call, "host-1", old, new)
    assert told == ["the front changes from nginx:1 to nginx:2"]


def test_a_connection_that_is_unknown_yet_may_lead_to_another_host():
    """Nobody is asked: the host is not known."""
    old = state(inputs())
    new = inputs(connection={"ssh": {"host": UNKNOWN, "user": "root", "hostKey": "/known"}})
    assert Host().diff(CALL, "id", old, new).changes == {"connection": Change.UPDATE_REPLACE}
