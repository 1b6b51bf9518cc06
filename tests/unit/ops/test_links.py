"""The links of a store that is written to meanwhile."""

import os
import threading
from pathlib import Path

import pytest
from dockyard.ops import links
from dockyard.ops.errors import OpsError

ONE, TWO = ("sha256:" + digit * 64 for digit in "12")


def put(tree: Path, path: str, content: str = ONE) -> Path:
    file = tree / "repositories" / path / "link"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    return file


def image(tree: Path, repository: str, digest: str = ONE, tag: str = "1") -> None:
    name = digest.replace(":", "/")
    put(tree, f"{repository}/_layers/{name}", digest)
    put(tree, f"{repository}/_manifests/revisions/{name}", digest)
    put(tree, f"{repository}/_manifests/tags/{tag}/index/{name}", digest)
    put(tree, f"{repository}/_manifests/tags/{tag}/current", digest)


def test_tags_come_before_revisions_and_those_before_layers(tmp_path):
    image(tmp_path, "team/app")
    kinds = [link.path.split("/")[3:5] for link in links.read_links(tmp_path)]
    assert [kind[0] if kind[0] == "_layers" else kind[1] for kind in kinds] == [
        "tags",
        "tags",
        "revisions",
        "_layers",
    ]


def test_repositories_may_stand_in_repositories(tmp_path):
    for name in ("team", "team/app", "a/b/c/d"):
        image(tmp_path, name)
    (tmp_path / "repositories/empty").mkdir()
    assert list(links.repositories(tmp_path)) == ["a/b/c/d", "team", "team/app"]


def test_uploads_are_no_links(tmp_path):
    image(tmp_path, "app")
    put(tmp_path, "app/_uploads/x/startedat")
    assert not any("_uploads" in link.path for link in links.read_links(tmp_path))


def test_a_store_without_repositories_has_none(tmp_path):
    assert list(links.read_links(tmp_path)) == []


def test_a_link_that_is_just_being_written_is_read_again(tmp_path):
    image(tmp_path, "app")
    current = tmp_path / "repositories/app/_manifests/tags/1/current/link"
    current.write_text("")
    writer = threading.Timer(3 * links.PAUSE, current.write_text, [ONE])
    writer.start()
    assert all(link.good for link in links.read_links(tmp_path))
    writer.join()


def test_a_link_that_stays_truncated_is_kept_as_it_is_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr(links, "PAUSE", 0)
    image(tmp_path, "app")
    (tmp_path / "repositories/app/_manifests/tags/1/current/link").write_text(ONE[:20])
    bad = links.write_index(links.read_links(tmp_path), tmp_path / "index")
    assert bad == [links.Link("repositories/app/_manifests/tags/1/current/link", ONE[:20])]
    assert set(links.read_index(tmp_path / "index")) == set(links.read_links(tmp_path))


def test_a_tag_that_moves_while_it_is_read_leads_to_a_revision(tmp_path, monkeypatch):
    """The old manifest is deleted between the two listings."""
    image(tmp_path, "app", ONE)
    listed = links._settled

    def moved(folder):
        monkeypatch.setattr(links, "_settled", listed)
        image(tmp_path, "app", TWO)
        (tmp_path / f"repositories/app/_manifests/revisions/{ONE.replace(':', '/')}/link").unlink()
        return listed(folder)

    monkeypatch.setattr(links, "_settled", moved)
    found = {link.path: link.content for link in links.read_links(tmp_path)}
    assert found["repositories/app/_manifests/tags/1/current/link"] == TWO
    assert TWO in [content for path, content in found.items() if "/revisions/" in path]


def test_an_index_pushed_while_revisions_are_listed_comes_with_its_manifests(tmp_path, monkeypatch):
    """The first listing has the index alone, as when the others were put where it had already looked."""
    image(tmp_path, "app", ONE)
    image(tmp_path, "app", TWO)
    real = links.names
    partial = iter([[TWO[7:]]])
    monkeypatch.setattr(
        links,
        "names",
        lambda folder: (
            next(partial, None) or real(folder) if folder.match("revisions/sha256") else real(folder)
        ),
    )
    found = [link.content for link in links.read_links(tmp_path) if "/revisions/" in link.path]
    assert sorted(found) == [ONE, TWO]


def test_a_link_to_elsewhere_is_not_followed(tmp_path):
    image(tmp_path, "app")
    current = tmp_path / "repositories/app/_manifests/tags/1/current/link"
    current.unlink()
    os.symlink("/etc/hostname", current)
    with pytest.raises(OSError, match="symbolic links"):
        list(links.read_links(tmp_path))


@pytest.mark.parametrize("path", ["blobs/x", "repositories/../../etc/x"])
def test_an_index_that_leads_elsewhere_is_refused(tmp_path, path):
    (tmp_path / "index").write_text(f'["{path}", "x"]\n')
    with pytest.raises(OpsError, match="outside"):
        list(links.read_index(tmp_path / "index"))


def test_what_is_written_is_what_was_read(tmp_path):
    image(tmp_path / "old", "team/app")
    found = list(links.read_links(tmp_path / "old"))
    assert links.write_links(found, tmp_path / "new") == len(found) == 4
    assert list(links.read_links(tmp_path / "new")) == found
