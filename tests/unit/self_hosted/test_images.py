"""The setting `images`, and what is refused where Docker does not run the registry."""

import re
from dataclasses import replace
from typing import Any

import pytest
from dockyard.errors import ProblemsError
from dockyard.self_hosted.facts import HostFacts
from dockyard.self_hosted.images import NGINX, REGISTRY, TRAEFIK
from dockyard.self_hosted.render import Plan, render
from dockyard.self_hosted.settings import Settings, read_settings

GOOD: dict[str, Any] = {"domain": "localhost", "users": {"ci": {"push": ["**"]}}}
FACTS = HostFacts(root=True, systemd=True, memory_dir="/run", state_dir="/s", python="/usr/bin/python3")
HINT = (
    "for example registry.example.com/library/nginx:1.30.5@sha256:..., or a tag that is on the host already"
)
DIGEST = "sha256:" + "a" * 64


def settings(**given: Any) -> Settings:
    return read_settings({**GOOD, **given}, "x")


@pytest.mark.parametrize("reference", [*REGISTRY.values(), NGINX, TRAEFIK])
def test_every_default_is_by_tag_and_digest(reference: str) -> None:
    assert re.fullmatch(r"[a-z]+:v?[0-9]+(\.[0-9]+){2}@sha256:[0-9a-f]{64}", reference)


@pytest.mark.parametrize(
    "reference",
    [
        "registry:2",
        f"registry@{DIGEST}",
        f"mirror.example.com:5000/library/nginx:1.30.5@{DIGEST}",
        "[::1]:5000/a/b_c.d-e:v1",
    ],
)
def test_references_of_one_s_own_are_taken_as_they_are(reference: str) -> None:
    assert settings(images={"nginx": reference}, runtime="compose").front_image == reference


@pytest.mark.parametrize(
    ("given", "problem", "hint"),
    [
        ({"nginx": "nginx"}, "images/nginx: names neither a tag nor a digest: 'nginx'", HINT),
        (
            {"nginx": "a.example:5000/nginx"},
            "images/nginx: names neither a tag nor a digest: 'a.example:5000/nginx'",
            HINT,
        ),
        (
            {"registry": "--privileged x:1"},
            "images/registry: is no reference of an image: '--privileged x:1'",
            HINT,
        ),
        ({"registry": "x:1\n"}, "images/registry: is no reference of an image: 'x:1\\n'", HINT),
        ({"registry": "x:$TAG"}, "images/registry: is no reference of an image: 'x:$TAG'", HINT),
        (
            {"registry": f"x:1@{DIGEST[:-1]}"},
            f"images/registry: is no reference of an image: 'x:1@{DIGEST[:-1]}'",
            HINT,
        ),
        ({"redis": "redis:8"}, "images/redis: unknown key", "did you mean 'registry'?"),
        ({"registry": 2}, "images/registry: must be text, got 2", ""),
    ],
)
def test_what_is_no_reference_is_told_in_full(given: dict[str, Any], problem: str, hint: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        settings(images=given)
    assert str(caught.value) == f"x: 1 problem\n  {problem}" + (f"\nhint: {hint}" if hint else "")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"version": "3"}, "version: 3 needs `program`: the distribution packages 2.8 only"),
        ({"images": {"nginx": "nginx:1"}}, "images: Docker does not run this registry"),
    ],
)
def test_what_only_docker_has_is_refused_without_it(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ProblemsError) as refused:
        render(Plan(settings(runtime="systemd", **given), FACTS, "main"))
    (problem,) = refused.value.problems
    assert f"{problem.path}: {problem.message}" == message
    assert "compose" in problem.hint


def test_a_program_is_refused_where_it_is_in_the_image() -> None:
    with pytest.raises(ProblemsError) as refused:
        render(Plan(settings(runtime="compose", program="/usr/local/bin/registry"), FACTS, "main"))
    assert [problem.path for problem in refused.value.problems] == ["program"]
    assert all(problem.hint for problem in refused.value.problems)


def test_containers_on_another_host_are_the_same() -> None:
    here, there = (
        render(Plan(settings(runtime="compose"), replace(FACTS, remote=remote), "main"))
        for remote in (False, True)
    )
    assert here == there


def test_version_3_is_an_image() -> None:
    bundle = render(Plan(settings(runtime="compose", version="3"), FACTS, "main"))
    assert bundle.containers is not None
    assert bundle.containers.images == (REGISTRY["3"], NGINX)
    assert bundle.registry is not None
    assert (bundle.registry.program, bundle.registry.front) == bundle.containers.images


def test_a_folder_that_docker_cannot_name_is_refused() -> None:
    facts = replace(FACTS, root=False, state_dir="/home/a:b")
    with pytest.raises(ProblemsError, match="Docker takes no path with a colon"):
        render(Plan(settings(runtime="compose"), facts, "main"))
