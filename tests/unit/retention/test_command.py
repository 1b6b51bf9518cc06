"""`dockyard retention simulate`, as it is typed."""

import json
import subprocess
import sys

import pytest

CONFIG = """
config:
  registry:kind: gar
  registry:options:
    retention: {untaggedDays: 7, keepTags: ["v*"]}
    repositories:
      api: {}
      web: {retention: {rules: {old: {tags: ["*"], olderThanDays: 2}}}}
"""
IMAGES = [
    {"digest": "sha256:aa", "tags": ["v1"], "pushed": "2026-01-01T00:00:00Z"},
    {"digest": "sha256:bb", "tags": [], "pushed": "2026-01-01T00:00:00Z"},
    {"digest": "sha256:cc", "pushed": "2026-01-09T00:00:00", "pulled": "2026-01-09T01:00:00Z"},
]


@pytest.fixture
def simulate(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: registry\nruntime: python\nbackend:\n  url: file://.state\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(CONFIG)

    def run(text, *more, stack="prod"):
        command = [sys.executable, "-m", "dockyard.cli", "-C", str(tmp_path), "retention", "simulate"]
        arguments = ["-s", stack, "--tags", "-", "--now", "2026-01-10T00:00:00Z", *more]
        return subprocess.run(
            [*command, *arguments], input=text, capture_output=True, text=True, timeout=100, check=False
        )

    return run


def lines(entries):
    return "".join(json.dumps(entry) + "\n" for entry in entries)


@pytest.mark.parametrize("form", [json.dumps, lines])
def test_it_says_what_becomes_of_each_image_and_why(simulate, form):
    done = simulate(form(IMAGES), "--json")
    assert done.returncode == 0, done.stderr
    assert [(found["digest"], found["action"], found["rule"]) for found in json.loads(done.stdout)] == [
        ("sha256:aa", "keep", "keep-tags"),
        ("sha256:bb", "expire", "untagged"),
        ("sha256:cc", "keep", None),
    ]


def test_a_registry_in_which_nothing_expires_is_told_apart(simulate, tmp_path):
    (tmp_path / "Pulumi.own.yaml").write_text("config: {registry:domain: localhost}\n")
    done = simulate(lines(IMAGES), stack="own")
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr.splitlines()[0] == "error: stack 'own' has a self-hosted registry, which knows its images"
    )


def test_a_repository_has_its_own_rules(simulate):
    done = simulate(lines(IMAGES), "--json", "--repository", "web")
    assert [found["rule"] for found in json.loads(done.stdout)] == ["old", None, None]
    shared = simulate(lines(IMAGES), "--json", "--repository", "api")
    assert [found["rule"] for found in json.loads(shared.stdout)] == ["keep-tags", "untagged", None]


def test_a_person_reads_a_table_and_counts(simulate):
    done = simulate(lines(IMAGES))
    assert "sha256:bb" in done.stdout
    assert done.stdout.endswith("2 keep, 0 archive, 1 expire\n")


def test_bad_input_is_named_line_by_line(simulate):
    done = simulate('{"digest": "x"}\nnonsense\n{"digest": "y", "pushed": "yesterday"}\n')
    assert done.returncode == 1
    assert done.stderr.splitlines()[:4] == [
        "error: the listing: 3 problems",
        "  line 1: is no image",
        "  line 2: is no JSON: Expecting value",
        "  line 3: is no time in ISO 8601: 'yesterday'",
    ]
    assert "hint: an entry is {" in done.stderr


def test_what_is_not_there_is_named(simulate):
    assert "has no repository 'nope'" in simulate("", "--repository", "nope").stderr
    done = simulate("", stack="nope")
    assert (done.returncode, "no stack named 'nope'" in done.stderr) == (1, True)
