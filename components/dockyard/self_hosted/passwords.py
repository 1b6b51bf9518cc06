"""The front's password files, and until when former passwords are asked for.

NGINX stops at the first line of a name, so former lines stand in a file of their own, which is asked where the first refuses. Its
workers read both files anew for each sign-in, but load the map below only when they are replaced. So the map names the passwords that
have ended and not those that are valid: while `up` writes `former.htpasswd`, then `htpasswd`, then replaces the workers, the
former password is right all the time. NGINX cannot compare numbers; a regular expression can, digit by digit.
The map's result is in the key of remembered sign-ins too: none outlives the end.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Former:
    """What stays valid for a while after a rotation. No tuple: Pulumi's outputs would make a plain one of it."""

    htpasswd: str
    """The line `user:bcrypt`; secret."""
    until: str
    """RFC 3339."""


def password_files(htpasswd: Mapping[str, str], former: Mapping[str, Former]) -> dict[str, str]:
    """Name in the front's folder to content."""
    lines = "".join(f"{htpasswd[user]}\n" for user in sorted(htpasswd))
    former_lines = "".join(f"{former[user].htpasswd}\n" for user in sorted(former))
    ends = "".join(f"  {line}\n" for user in sorted(former) for line in _ended(user, former[user].until))
    generation = hashlib.sha256((lines + former_lines + ends).encode()).hexdigest()[:32]
    return {
        "former.htpasswd": former_lines,
        "generation.conf": f'map "" $generation {{ default {generation}; }}\n'
        f'map "$remote_user:$msec" $former {{\n  default former.htpasswd;\n{ends}}}\n',
        "htpasswd": lines,
    }


def _ended(user: str, until: str) -> Iterator[str]:
    name = re.escape(user)
    for number in at_least(int(datetime.fromisoformat(until).timestamp())):
        yield f'"~^{name}:{number}\\." /dev/null;'


def at_least(number: int) -> tuple[str, ...]:
    """Regular expressions for the whole numbers of as many digits that are not below this one, and for longer ones."""
    digits = str(number)
    above = (
        rf"{digits[:place]}[{int(digit) + 1}-9]" + rf"\d{{{len(digits) - place - 1}}}"
        for place, digit in enumerate(digits)
        if digit != "9"
    )
    return (digits, *above, rf"\d{{{len(digits) + 1},}}")
