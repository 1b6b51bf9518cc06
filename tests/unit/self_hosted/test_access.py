"""The maps that NGINX evaluates mean what the settings say, for whatever users and repositories."""

import re
from urllib.parse import quote

from dockyard.self_hosted.access import AccessMaps, access_maps, may
from dockyard.self_hosted.patterns import name_problem, pattern_problem
from dockyard.self_hosted.users import Rights, User
from hypothesis import given, settings
from hypothesis import strategies as st

COMPONENTS = st.sampled_from(["a", "b", "ab", "a.b", "a-b", "a__b", "team", "x1"])
NAMES = st.lists(COMPONENTS, min_size=1, max_size=4).map("/".join)
PATTERNS = st.lists(
    st.one_of(COMPONENTS, st.sampled_from(["*", "**", "a*", "*b", "t*m", "a.*", "*-*"])),
    min_size=1,
    max_size=4,
).map("/".join)
SETS = st.frozensets(PATTERNS, max_size=3)
RIGHTS = st.one_of(st.builds(Rights, SETS, SETS, SETS), st.just(Rights(admin=True)))


def lookup(pairs: list[tuple[str, str]], value: str) -> str:
    """As NGINX's map does: exact texts first without regard to case, then expressions in their order; "" else."""
    for source, result in pairs:
        if not source.startswith("~") and source.lower() == value.lower():
            return result
    for source, result in pairs:
        if source.startswith("~") and re.search(source[1:].replace(r"\z", r"\Z"), value):
            return result
    return ""


def allowed(maps: AccessMaps, user: str, verb: str, repository: str) -> bool:
    role = lookup(list(maps.roles), f"u:{user}")
    return lookup([(source, "1") for source in maps.granted], f"{role}:{verb}:{repository}") == "1"


@settings(max_examples=300, deadline=None)
@given(st.lists(RIGHTS, min_size=1, max_size=4), SETS, NAMES, st.sampled_from("rwd"))
def test_the_rendered_expressions_grant_what_the_settings_grant(
    rights: list[Rights], anonymous: frozenset[str], name: str, verb: str
) -> None:
    users = [User(f"user{number}", each) for number, each in enumerate(rights)]
    maps = access_maps(users, anonymous)
    for user in users:
        assert allowed(maps, user.name, verb, name) == may(user.rights, anonymous, verb, name)


@settings(max_examples=200, deadline=None)
@given(RIGHTS, SETS, NAMES)
def test_a_mount_is_granted_where_pulling_is_and_in_any_encoding_of_the_slash(
    rights: Rights, anonymous: frozenset[str], name: str
) -> None:
    maps = access_maps([User("user", rights)], anonymous)
    role = lookup(list(maps.roles), "u:user")
    for spelling in (name, quote(name, safe=""), quote(name, safe="").lower()):
        granted = lookup([(source, "1") for source in maps.mounts], f"{role}:{spelling}") == "1"
        assert granted == may(rights, anonymous, "r", name)


@settings(max_examples=100, deadline=None)
@given(SETS, NAMES, st.sampled_from("rwdc"))
def test_anonymous_clients_may_only_read_what_is_named(
    anonymous: frozenset[str], name: str, verb: str
) -> None:
    maps = access_maps([], anonymous)
    granted = lookup([(source, "1") for source in maps.anonymous], f"{verb}:{name}") == "1"
    assert granted == (verb == "r" and may(Rights(), anonymous, "r", name))


@settings(max_examples=50, deadline=None)
@given(st.lists(RIGHTS, min_size=2, max_size=5), st.randoms())
def test_the_order_of_users_does_not_matter(rights: list[Rights], random: object) -> None:
    users = [User(f"user{number}", each) for number, each in enumerate(rights)]
    shuffled = list(users)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert access_maps(users, frozenset()) == access_maps(shuffled, frozenset())


def test_users_with_equal_rights_share_a_role_and_others_do_not() -> None:
    equal = [User(name, Rights(pull=frozenset({"b", "a"}))) for name in ("x", "y")]
    other = User("z", Rights(push=frozenset({"a", "b"})))
    roles = dict(access_maps([*equal, other], frozenset()).roles)
    assert roles["u:x"] == roles["u:y"] != roles["u:z"]
    assert len(access_maps(equal, frozenset()).granted) == 1


def test_a_user_without_rights_is_granted_nothing() -> None:
    maps = access_maps([User("idle", Rights())], frozenset())
    assert (maps.granted, maps.mounts, maps.anonymous) == ((), (), ())


def test_an_admin_alone_may_see_the_catalog() -> None:
    users = [
        User("root", Rights(admin=True)),
        User("all", Rights(push=frozenset({"**"}), delete=frozenset({"**"}))),
    ]
    maps = access_maps(users, frozenset({"**"}))
    assert allowed(maps, "root", "c", "")
    assert not allowed(maps, "all", "c", "")


@given(st.text(alphabet="ab*./-_${}\"'\\;\n ^|()", max_size=12))
def test_a_pattern_that_is_accepted_holds_nothing_but_name_characters_and_stars(text: str) -> None:
    if not pattern_problem(text):
        assert re.fullmatch(r"[a-z0-9*._/-]+", text)


@given(NAMES)
def test_every_repository_name_is_a_pattern_for_itself_alone(name: str) -> None:
    assert not name_problem(name)
    assert not pattern_problem(name)
    rights = Rights(pull=frozenset({name}))
    assert may(rights, frozenset(), "r", name)
    assert not may(rights, frozenset(), "r", name + "x")
    assert not may(rights, frozenset(), "w", name)
