"""The smoke test against a stand-in for a registry: which step failed is always named."""

import hashlib
import json

import dockyard.registry_client
import httpx
import pytest
from dockyard.errors import DockyardError
from dockyard.registry_client import RegistryClient, digest_of, scratch_image
from dockyard.smoke import Target, smoke_test

TARGET = Target("registry.test", "ci", {"ci": "word", "root": "secret-word"}, "")
STEPS = [
    "log in as ci",
    "push dockyard/smoke-test:smoke",
    "pull by tag",
    "pull by digest",
    "list the catalog",
    "delete what was pushed",
]


class Registry:
    """As much of a registry as is needed; `broken` answers to some requests instead."""

    def __init__(self):
        self.blobs, self.manifests, self.broken, self.may = {}, {}, lambda request: None, {"root"}

    def answer(self, request: httpx.Request) -> httpx.Response:
        return self.broken(request) or self._answer(request)

    def _answer(self, request):
        path, last = request.url.path, request.url.path.rpartition("/")[2]
        user = "root" if "cm9vd" in request.headers["Authorization"] else "ci"
        if path == "/v2/":
            return httpx.Response(200)
        if "/blobs/uploads/" in path:
            if request.method == "POST":
                return httpx.Response(202, headers={"Location": f"{path}1?_state=s"})
            self.blobs[request.url.params["digest"]] = request.content
            return httpx.Response(201)
        if "/blobs/" in path:
            return (
                httpx.Response(200, content=self.blobs[last]) if last in self.blobs else httpx.Response(404)
            )
        if path == "/v2/_catalog" or request.method == "DELETE":
            if user not in self.may:
                return httpx.Response(403)
            return (
                httpx.Response(202)
                if request.method == "DELETE"
                else httpx.Response(200, json={"repositories": ["a"]})
            )
        if request.method == "PUT":
            digest = f"sha256:{hashlib.sha256(request.content).hexdigest()}"
            self.manifests[last] = self.manifests[digest] = request.content
            return httpx.Response(201)
        return httpx.Response(200, content=self.manifests[last])


@pytest.fixture
def registry(monkeypatch):
    registry, real = Registry(), httpx.Client

    def client(**options):
        options.pop("verify")
        return real(transport=httpx.MockTransport(registry.answer), **options)

    monkeypatch.setattr(dockyard.registry_client.httpx, "Client", client)
    return registry


def breaking(method, part, answer):
    return lambda request: answer if request.method == method and part in str(request.url) else None


def test_a_registry_that_works_passes_every_step(registry):
    outcomes = smoke_test(TARGET)
    assert [outcome.step for outcome in outcomes] == STEPS
    assert all(outcome.ok and not outcome.skipped for outcome in outcomes)


@pytest.mark.parametrize(
    ("method", "part", "failing"),
    [
        ("GET", "/v2/?", 0),
        ("POST", "/uploads/", 1),
        ("PUT", "/manifests/", 1),
        ("GET", "/manifests/smoke", 2),
        ("GET", "/manifests/sha256", 3),
        ("GET", "_catalog", 4),
        ("DELETE", "/manifests/", 5),
    ],
)
def test_the_step_that_fails_is_named_with_what_was_answered(registry, method, part, failing):
    answer = httpx.Response(500, text="out of order")
    registry.broken = lambda request: (
        answer if request.method == method and part in f"{request.url}?" else None
    )
    failed = [outcome for outcome in smoke_test(TARGET) if not outcome.ok]
    assert [outcome.step for outcome in failed] == [STEPS[failing]]
    assert "500, not" in failed[0].error
    assert "out of order" in failed[0].error


def test_nothing_more_is_tried_after_a_wrong_password(registry):
    registry.broken = lambda request: httpx.Response(401)
    assert [outcome.step for outcome in smoke_test(TARGET)] == STEPS[:1]


def test_steps_that_nobody_may_take_are_skipped_with_the_reason(registry):
    registry.may = set()
    skipped = {outcome.step: outcome.skipped for outcome in smoke_test(TARGET) if outcome.skipped}
    assert skipped == {STEPS[4]: "no user is an admin", STEPS[5]: "no user may delete it"}


def test_a_tag_that_leads_elsewhere_fails(registry):
    other = scratch_image("another")
    registry.blobs.update({digest_of(other.config): other.config, digest_of(other.layer): other.layer})
    registry.broken = breaking("GET", "/manifests/smoke", httpx.Response(200, content=other.manifest))
    assert smoke_test(TARGET)[2].error == "the tag leads to another manifest than the one that was pushed"


def test_a_blob_with_other_bytes_fails(registry):
    registry.broken = breaking("GET", "/blobs/", httpx.Response(200, content=b"other"))
    assert "has other bytes" in smoke_test(TARGET)[2].error


def test_a_manifest_with_other_bytes_fails(registry):
    registry.broken = breaking("GET", "/manifests/sha256", httpx.Response(200, content=b"{}"))
    assert "the manifest has another digest" in smoke_test(TARGET)[3].error


def test_no_answer_is_an_error_without_the_password(registry):
    def refuse(request):
        raise httpx.ConnectError("Connection refused")

    registry.broken = refuse
    (outcome,) = smoke_test(TARGET)
    assert outcome.error == "registry.test does not answer: Connection refused"


def test_the_catalog_is_read_page_by_page(registry):
    def page(request):
        if "last=a" in str(request.url):
            return httpx.Response(200, json={"repositories": ["b"]})
        link = {"Link": '</v2/_catalog?n=1000&last=a>; rel="next"'}
        return httpx.Response(200, json={"repositories": ["a"]}, headers=link)

    registry.broken = page
    assert RegistryClient("registry.test", "ci", "word").catalog() == ["a", "b"]


def test_equal_texts_make_equal_images():
    assert scratch_image("a") == scratch_image("a")
    assert scratch_image("a").digest != scratch_image("b").digest
    described = json.loads(scratch_image("a").manifest)
    assert described["config"]["digest"] == digest_of(scratch_image("a").config)


def test_an_error_shows_no_more_than_the_beginning_of_an_answer(registry):
    registry.broken = lambda request: httpx.Response(502, text="x" * 10_000)
    with pytest.raises(DockyardError) as failed:
        RegistryClient("registry.test", "ci", "word").ping()
    assert len(str(failed.value)) < 300
