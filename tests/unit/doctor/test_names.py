"""Names of registries and images."""

import pytest
from dockyard.doctor import reference
from dockyard.doctor.target import Target, read_place
from dockyard.errors import DockyardError
from hypothesis import given
from hypothesis import strategies as st

TARGET = Target("registry.example.com", typed="dockyard doctor -s prod")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("registry.example.com", ("registry.example.com", 0)),
        ("localhost:5000", ("localhost", 5000)),
        ("192.0.2.1:443", ("192.0.2.1", 443)),
        ("[2001:db8::1]:5000", ("2001:db8::1", 5000)),
        ("docker.io", ("registry-1.docker.io", 0)),
    ],
)
def test_a_place_is_host_and_port(text, found):
    assert read_place(text) == found


@pytest.mark.parametrize(
    "text", ["", "https://a.example.com", "a.example.com/app", "a b", "a:0", "a:65536", "a:b", "[1.2]", "-a"]
)
def test_what_is_no_place_is_refused_with_how_it_is_written(text):
    with pytest.raises(DockyardError) as refused:
        read_place(text)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("target", "place", "url"),
    [
        (Target("a.example.com", 443), "a.example.com", "https://a.example.com"),
        (Target("a.example.com", 5000), "a.example.com:5000", "https://a.example.com:5000"),
        (Target("::1", 5000, plain=True), "[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_how_a_target_is_written(target, place, url):
    assert (target.place, target.url) == (place, url)


def test_neither_password_is_shown_by_its_representation():
    assert "word" not in repr(Target("a", username="ci", password="word", users={"b": "word2"}))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("team/app:1.2.3", "ok"),
        ("registry.example.com/team/app:1.2.3", "ok"),
        (f"team/app@sha256:{'a' * 64}", "ok"),
        ("team/app", "warning"),
        ("team/app:latest", "warning"),
        ("Team/app:1", "failure"),
        ("other.example.com:5000/app:1", "failure"),
        ("team//app:1", "failure"),
        ("team/app:-1", "failure"),
        (f"team/app:{'1' * 129}", "failure"),
        ("team/app@sha256:abc", "failure"),
        (f"team/app@sha256:{'a' * 63}", "failure"),
        (":1", "failure"),
        (f"{'a' * 256}:1", "failure"),
    ],
)
def test_the_grammar_of_an_image(text, status):
    verdict = reference.judge(text, TARGET)
    assert verdict.status == status, verdict
    assert status == "ok" or verdict.hint.startswith("dockyard doctor -s prod --image ")


@given(st.text(max_size=80))
def test_any_text_is_judged_and_what_is_proposed_is_a_name(text):
    verdict = reference.judge(text, TARGET)
    if verdict.status == "failure":
        proposed = verdict.hint.split(" --image ")[1]
        assert reference.problems(reference.read(proposed, TARGET.place)) == []


def test_a_host_without_dot_or_port_is_taken_for_docker_hub():
    verdict = reference.judge_host(Target("registry", typed="dockyard doctor --registry registry"))
    assert (verdict.status, "docker.io/registry/app" in verdict.evidence) == ("warning", True)
    assert verdict.hint == "dockyard doctor --registry registry:443"
    assert reference.judge_host(Target("localhost")).status == "ok"


@pytest.mark.parametrize(
    ("wanted", "known", "first"),
    [
        ("v1.2.0", ["1.1.0", "1.2.0"], "1.2.0"),
        ("Latest", ["latest"], "latest"),
        ("1.20", ["1.2.0", "abc"], "1.2.0"),
        ("x", ["completely-other"], None),
    ],
)
def test_near_misses(wanted, known, first):
    assert next(iter(reference.near(wanted, known)), None) == first
