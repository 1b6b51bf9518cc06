"""The front Traefik: what it keeps, what is refused, and what tells that it has loaded it."""

from dataclasses import replace
from typing import Any

import pytest
import yaml
from dockyard.errors import ProblemsError
from dockyard.self_hosted import render_traefik
from dockyard.self_hosted.facts import HostFacts
from dockyard.self_hosted.images import NGINX, TRAEFIK
from dockyard.self_hosted.render import Material, Plan, render, secret_contents
from dockyard.self_hosted.settings import read_settings

FACTS = HostFacts(root=True, systemd=True, memory_dir="/run", state_dir="/s", python="/usr/bin/python3")
USERS: dict[str, Any] = {
    "a.b": {"admin": True},
    "ci": {"push": ["**"]},
    "reader": {"pull": ["**"]},
    "none": {},
}
GOOD: dict[str, Any] = {"domain": "localhost", "front": "traefik", "runtime": "compose", "users": USERS}
HINT = 'hint: set front to "nginx"'
ALL_ALONE = "Traefik knows rights to all repositories alone"


def plan(**given: Any) -> Plan:
    return Plan(read_settings({**GOOD, **given}, "x"), FACTS, "main")


def material(settings: Any) -> Material:
    lines = {user.name: f"{user.name}:$2a$05$hash" for user in settings.users}
    return Material(lines, certificate="chain", private_key="key", http_secret="http")


def routes(**given: Any) -> dict[str, Any]:
    return {route.name: route for route in render_traefik.routes(plan(**given))}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"anonymous_pull": ["**"]}, "anonymous_pull: Traefik signs everybody in"),
        ({"immutable_tags": True}, "immutable_tags: Traefik does not look at tags"),
        ({"tag_rules": {"forbidden": ["latest"]}}, "tag_rules: Traefik does not look at tags"),
        ({"status_page": True}, "status_page: Traefik serves no files"),
        ({"metrics": {"port": 9180}}, "metrics: Traefik is not counted"),
        ({"reserve": "10G"}, "reserve: Traefik does not look at the disk"),
        (
            {"users": {"ci": {"push": ["team/*", "**"]}}},
            f"users/ci/push: {ALL_ALONE}, which are '**': team/*",
        ),
        ({"users": {"ci": {"pull": ["a", "b"]}}}, f"users/ci/pull: {ALL_ALONE}, which are '**': a, b"),
        (
            {"users": {"ci": {"push": ["**"], "rotation": "1", "overlap_hours": 1}}},
            "users/ci/overlap_hours: Traefik knows one password of each user",
        ),
        ({"repositories": {"app": {"pull": ["ci"]}}}, f"repositories/app/pull: {ALL_ALONE}"),
        ({"repositories": {"app": {"push": ["ci"]}}}, f"repositories/app/push: {ALL_ALONE}"),
        (
            {"repositories": {"app": {"immutable_tags": True}}},
            "repositories/app/immutable_tags: Traefik does not look at tags",
        ),
    ],
)
def test_what_it_cannot_keep_is_refused_with_its_path(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        plan(**given)
    assert str(caught.value) == f"x: 1 problem\n  {problem}\n{HINT}"


def test_it_has_no_certificate_by_acme() -> None:
    with pytest.raises(ProblemsError, match="certificate/acme: Traefik is given its certificate"):
        plan(domain="registry.example.com", certificate={"acme": {}})


@pytest.mark.parametrize("runtime", ["systemd", "supervisor", "auto"])
def test_without_docker_it_is_refused(runtime: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        render(plan(runtime=runtime))
    said = str(caught.value)
    assert "front: Traefik cannot reach a unix socket: it runs with runtime compose alone" in said
    assert 'hint: set runtime to "compose", or front to "nginx"' in said


@pytest.mark.parametrize(("front", "other"), [("nginx", "traefik"), ("traefik", "nginx")])
def test_an_image_of_the_other_front_is_refused(front: str, other: str) -> None:
    with pytest.raises(ProblemsError, match=f"images/{other}: "):
        render(plan(front=front, images={other: "x:1"}))


def test_each_front_has_its_image() -> None:
    assert plan().settings.front_image == TRAEFIK
    assert plan(front="nginx").settings.front_image == NGINX
    assert plan(images={"traefik": "x:1"}).settings.front_image == "x:1"


@pytest.mark.parametrize("tag", ["v3.7.9", "3.5.0", "v2.11.53"])
def test_a_version_with_known_faults_is_refused(tag: str) -> None:
    with pytest.raises(ProblemsError, match=r"images/traefik: has known faults \(GHSA-6765-c87h-8mrf\)"):
        render(plan(images={"traefik": f"mirror.example.com:5000/traefik:{tag}"}))


@pytest.mark.parametrize("tag", ["v3.7.10", "v3.8.0", "v3", "own"])
def test_a_later_one_and_one_that_does_not_say_is_taken(tag: str) -> None:
    assert render(plan(images={"traefik": f"traefik:{tag}"})).containers


def test_what_is_on_unless_it_is_set_is_off() -> None:
    settings = plan().settings
    assert (settings.status_page, settings.reserve.wanted) == (False, False)
    assert plan(status_page=False, reserve="0", immutable_tags=False, tag_rules={}).settings == settings


def test_rights_become_routes_that_end_in_a_refusal() -> None:
    assert list(routes()) == ["base", "catalog", "pull", "push", "delete", "refused"]


def test_everything_that_none_of_them_knows_is_refused() -> None:
    refused = routes()["refused"]
    assert (refused.rule, refused.refused) == ("PathPrefix(`/`)", 403)
    assert all(route.priority > refused.priority for name, route in routes().items() if name != "refused")


def test_a_name_is_taken_as_it_is() -> None:
    assert routes()["catalog"].rule.endswith(r"HeaderRegexp(`X-Dockyard-User`, `^(?:a\.b)$`)")


def test_a_right_that_nobody_has_has_no_route() -> None:
    assert list(routes(users={"reader": {"pull": ["**"]}})) == ["base", "pull", "refused"]


def test_a_registry_that_is_read_only_refuses_those_who_might_write() -> None:
    found = routes(read_only=True)
    assert {name: found[name].refused for name in ("pull", "push", "delete")} == {
        "pull": 0,
        "push": 405,
        "delete": 405,
    }


def generation(wanted: Plan, **changes: Any) -> str:
    made = replace(material(wanted.settings), **changes)
    text = secret_contents(wanted, made)["/etc/dockyard/main/front/traefik/users.yml"]
    read = yaml.safe_load(text)["http"]["routers"]["generation"]["rule"]
    found = text.partition("\n")[0].removeprefix("# generation ")
    assert read == f"Path(`/generation/{found}`)"
    return found


def test_whatever_is_loaded_anew_is_another_generation() -> None:
    first = generation(plan())
    assert generation(plan()) == first
    others = [
        generation(plan(users={**USERS, "late": {}})),
        generation(plan(users={**USERS, "none": {"pull": ["**"]}})),
        generation(plan(read_only=True)),
        generation(plan(), certificate="another"),
        generation(plan(), htpasswd={"ci": "ci:$2a$05$other"}),
    ]
    assert len({first, *others}) == len(others) + 1


def test_the_file_that_names_the_generation_is_written_last() -> None:
    """Files are written in the order of their names: who has loaded this one has loaded the others."""
    wanted = plan()
    front = [path for path in render(wanted).files if path.startswith(f"{wanted.paths.front}/")]
    read_again = sorted(path for path in front if not path.endswith("/traefik.yml"))
    assert read_again[-1] == render_traefik.users_file(wanted)


def test_every_secret_file_has_content_and_no_other_one_has() -> None:
    wanted = plan()
    secret = {path for path, file in render(wanted).files.items() if file.secret}
    assert set(secret_contents(wanted, material(wanted.settings))) == secret


@pytest.mark.parametrize("address", ["::", "2001:db8::1"])
def test_clients_from_elsewhere_come_by_ipv4(address: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        render(plan(listen=["0.0.0.0", address]))
    told = f"listen/1: by IPv6 all clients would have one address behind Docker's port: {address!r}"
    assert told in str(caught.value)
    assert 'listen on addresses of IPv4, or set front to "nginx"' in str(caught.value)


def test_the_registry_listens_where_only_the_front_reaches_it() -> None:
    files = render(plan()).files
    compose = yaml.safe_load(files["/etc/dockyard/main/compose.yaml"].content)
    assert compose["services"]["registry"]["networks"] == ["inside"]
    assert compose["networks"]["inside"]["internal"] is True
