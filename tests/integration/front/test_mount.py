"""Cross-repository mounts: a blob gets into a repository only from one that the same user may pull."""

import itertools
from urllib.parse import quote

import pytest

from tests.integration.front.conftest import Front
from tests.support.images import Image
from tests.support.wire import Answer

pytestmark = pytest.mark.integration

START = "/v2/team/{into}/blobs/uploads/"
_NUMBERS = itertools.count()
FORM = ("Content-Type", "application/x-www-form-urlencoded")
MULTIPART = ("Content-Type", "multipart/form-data; boundary=b")


def fresh() -> str:
    return START.format(into=f"mount-{next(_NUMBERS)}")


def assert_not_mounted(front: Front, start: str, image: Image, answer: Answer) -> None:
    """Whatever the answer says: neither mounted nor to be read there, by anybody."""
    assert answer.status != 201
    assert answer.status in (202, 400, 403, 411), answer.status
    blob = start.replace("uploads/", image.layer)
    assert front.wire("admin").ask("GET", blob).status == 404


@pytest.mark.parametrize(
    "query",
    [
        "mount={digest}&from={name}",
        "from={name}&mount={digest}",
        "mount={encoded_digest}&from={encoded_name}",
        "from={lower_encoded}&mount={digest}",
        "mount={digest}&from={name}&origin=somewhere",
    ],
)
def test_a_mount_from_a_repository_that_one_may_pull_works(front: Front, query: str) -> None:
    image, start = front.images["pub/app"], fresh()
    text = query.format(
        digest=image.layer,
        name=image.repository,
        encoded_digest=quote(image.layer, safe=""),
        encoded_name=quote(image.repository, safe=""),
        lower_encoded=quote(image.repository, safe="").lower(),
    )
    answer = front.wire("team").ask("POST", f"{start}?{text}", body=b"")
    assert answer.status == 201
    assert front.wire("team").ask("GET", start.replace("uploads/", image.layer)).body == image.content


SPELLINGS = [
    "mount={d}&from={n}",
    "from={n}&mount={d}",
    "mount={d}&from=secret%2Fapp",
    "mount={d}&from=secret%2fapp",
    "mount={d}&from=secret%252Fapp",
    "mount={d}&from=%73ecret/app",
    "mount={d}&from=secret/%61pp",
    "mount={d}&fr%6Fm={n}",
    "mount={d}&fr%6fm={n}",
    "mount={d}&%66%72%6f%6d={n}",
    "m%6funt={d}&from={n}",
    "m%6funt={d}&fr%6fm={n}",
    "FROM=pub/app&from={n}&mount={d}",
    "from={n}&FROM=pub/app&mount={d}",
    "from=pub/app&from={n}&mount={d}",
    "from={n}&from=pub/app&mount={d}",
    "from=pub/app&mount={d}&from={n}",
    "mount={d}&from=pub/app&from={n}",
    "mount={d}&mount={d}&from={n}",
    "mount={d};from={n}",
    "x=1;from={n}&mount={d}",
    "mount={d}&from=pub/app;from={n}",
    "mount={d}&from=pub/app%26from={n}",
    "mount={d}&from=pub/app%00{n}",
    "mount={d}&from=pub/../{n}",
    "mount={d}&from=pub/%2e%2e/{n}",
    "mount={d}&from=/{n}",
    "mount={d}&from={n}/",
    "mount={d}&from=pub//{n}",
    "mount={d}&from={n}%0a",
    "mount={d}&from=Secret/app",
    "mount={d}&from= {n}",
    "mount={d}&from=+{n}",
    "&mount={d}&from={n}",
    "mount={d}&&from={n}",
    "x=1&mount={d}&from={n}",
    "mount={d}&from={n}&x=1",
    "mount={d}&from={n}&origin=x&from=pub/app",
    "?mount={d}&from={n}",
    "digest={d}&mount={d}&from={n}",
    "digest={d}&from={n}",
    "origin=a&mount={d}&from={n}",
    "mount=%73ha256:{h}&from={n}",
    "mount=sha256%3A{h}&from={n}",
    "mount=sha256%253A{h}&from={n}",
    "MOUNT={d}&FROM={n}",
]


@pytest.mark.parametrize("query", SPELLINGS)
@pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/1.0"])
def test_a_mount_from_a_repository_that_one_may_not_pull_works_in_no_spelling(
    front: Front, query: str, version: str
) -> None:
    image, start = front.images["secret/app"], fresh()
    text = query.format(d=image.layer, n=image.repository, h=image.layer.removeprefix("sha256:"))
    if " " in text:
        text = text.replace(" ", "%20")
    answer = front.wire("team").ask("POST", f"{start}?{text}", body=b"", version=version)
    assert_not_mounted(front, start, image, answer)


@pytest.mark.parametrize("query", ["mount={d}&from={n}", "from={n}&mount={d}", "mount={d}&from=secret%2Fapp"])
def test_a_forbidden_mount_in_plain_words_is_403(front: Front, query: str) -> None:
    image = front.images["secret/app"]
    answer = front.wire("team").ask(
        "POST", f"{fresh()}?{query.format(d=image.layer, n=image.repository)}", body=b""
    )
    assert (answer.status, answer.code) == (403, "DENIED")


def bodies(image: Image) -> dict[str, tuple[tuple[tuple[str, str], ...], bytes]]:
    form = f"mount={image.layer}&from={image.repository}".encode()
    part = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    parts = (part.format("mount", image.layer) + part.format("from", image.repository) + "--b--\r\n").encode()
    chunked = b"%x\r\n%s\r\n0\r\n\r\n"
    transfer = ("Transfer-Encoding", "chunked")
    return {
        "form": ((FORM,), form),
        "form with a charset": ((("Content-Type", FORM[1] + "; charset=utf-8"),), form),
        "form in capitals": ((("Content-Type", FORM[1].upper()),), form),
        "form behind a space": ((("Content-Type", "  " + FORM[1]),), form),
        "form with a tab": ((("Content-Type", "\t" + FORM[1]),), form),
        "form named twice": ((("Content-Type", "text/plain"), FORM), form),
        "form named first": ((FORM, ("Content-Type", "text/plain")), form),
        "multipart": ((MULTIPART,), parts),
        "multipart in capitals": ((("Content-Type", "MULTIPART/form-data; boundary=b"),), parts),
        "chunked form": ((FORM, transfer), chunked % (len(form), form)),
        "chunked multipart": ((MULTIPART, transfer), chunked % (len(parts), parts)),
        "no type": ((), form),
    }


KINDS = list(bodies(Image("secret/app", "1", "", "sha256:0", b"")))


@pytest.mark.parametrize(
    "query", ["", "?from=pub/app", "?mount={digest}", "?mount={digest}&from=pub/app", "?x=1"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_form_body_mounts_nothing(front: Front, kind: str, query: str) -> None:
    image, start = front.images["secret/app"], fresh()
    headers, body = bodies(image)[kind]
    answer = front.wire("team").ask("POST", start + query.format(digest=image.layer), *headers, body=body)
    assert_not_mounted(front, start, image, answer)


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_body_mounts_nothing_when_an_upload_is_closed(front: Front, kind: str) -> None:
    """The registry reads forms in every request; `from` is one of an upload's start alone, and nothing else may come of it."""
    image, start = front.images["secret/app"], fresh()
    location = front.wire("team").ask("POST", start, body=b"").headers["Location"]
    target = location[location.index("/v2/") :]
    headers, body = bodies(image)[kind]
    answer = front.wire("team").ask("PUT", f"{target}&digest={image.layer}", *headers, body=body)
    assert_not_mounted(front, start, image, answer)


def test_an_empty_form_is_what_some_clients_send_and_starts_an_upload(front: Front) -> None:
    assert front.wire("team").ask("POST", fresh(), FORM, body=b"").status == 202


def test_a_mount_without_from_falls_back_to_an_upload(front: Front) -> None:
    image = front.images["secret/app"]
    start = fresh()
    answer = front.wire("team").ask("POST", f"{start}?mount={image.layer}", body=b"")
    assert answer.status == 202
    assert_not_mounted(front, start, image, answer)


def test_an_anonymous_repository_can_be_mounted_from_by_whoever_signed_in(front: Front) -> None:
    image, start = front.images["open/app"], fresh()
    answer = front.wire("team").ask("POST", f"{start}?mount={image.layer}&from=open/app", body=b"")
    assert answer.status == 201


def test_who_may_not_push_cannot_mount(front: Front) -> None:
    image = front.images["pub/app"]
    answer = front.wire("reader").ask("POST", f"{fresh()}?mount={image.layer}&from=pub/app", body=b"")
    assert answer.status == 403
