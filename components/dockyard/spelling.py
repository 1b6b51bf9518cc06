"""Configuration's camelCase as the arguments' snake_case."""

import re
import typing
from collections.abc import Mapping
from typing import Any


def snake_args(value: Any, type_: Any) -> Any:
    """The value with the keys of objects whose fields are known in snake_case, as their type has them: a `TypedDict`, or a dict or a
    list of such. Names that somebody chose, such as those of repositories, stay as they are. Types are not checked.
    """
    while typing.get_origin(type_) in (typing.NotRequired, typing.Required):
        type_ = typing.get_args(type_)[0]
    if isinstance(value, Mapping) and typing.is_typeddict(type_):
        fields = type_.__annotations__
        return {_snake(key): snake_args(entry, fields.get(_snake(key))) for key, entry in value.items()}
    if isinstance(value, Mapping) and typing.get_origin(type_) is dict:
        return {key: snake_args(entry, typing.get_args(type_)[1]) for key, entry in value.items()}
    if isinstance(value, list) and typing.get_origin(type_) is list:
        return [snake_args(entry, typing.get_args(type_)[0]) for entry in value]
    return value


def _snake(key: str) -> str:
    """bcryptCost to bcrypt_cost."""
    return re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", key)
