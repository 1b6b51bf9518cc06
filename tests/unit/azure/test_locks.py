"""A lock that keeps people from deleting the registry."""

from dockyard.azure.locks import make_lock, read_lock
from dockyard.azure.replicas import Replica, make_replicas

from tests.unit.azure.sites import REGISTRY_ID, plan_of, read, recorded, waiting


def make(name, after, site, opts):
    return make_lock(name, site, opts, after)


def test_the_lock_is_registered_exactly():
    registered, _ = recorded(make, None)
    assert registered.names() == {("ManagementLockByScope", "images-lock")}
    assert registered.one("ManagementLockByScope") == {
        "lockName": "dockyard",
        "scope": REGISTRY_ID,
        "level": "CanNotDelete",
        "notes": "Take the lock off in the program that made the registry.",
    }


def test_it_comes_after_all_parts_so_that_it_goes_before_them():
    """A part under a lock cannot be deleted, by the program neither."""

    def make_both(name, plan, site, opts):
        parts = make_replicas(name, plan, site, opts)
        make_lock(name, site, opts, parts)
        return parts

    parts, found = waiting(make_both, (Replica("eastus"),))
    assert found["ManagementLockByScope"] == parts


def test_there_is_none_unless_it_is_asked_for():
    assert plan_of(read_lock) is False
    assert plan_of(read_lock, lock=True) is True
    assert read(read_lock, lock="CanNotDelete")[1] == ["lock: must be true or false, got 'CanNotDelete'"]
