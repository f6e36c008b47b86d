"""What a person's leaving would mean elsewhere: higher apps say it here, so that it is read before an account ends.

Register in the app's `ready()`. Sentences are about the reader and begin with 「您」 (「您是望江大学唯一的单位管理员，请先指定另一位」);
to the platform administrator they are shown with the person's name instead.
"""

from collections.abc import Callable

from gongyi.accounts.models import User

Sentences = Callable[[User], list[str]]

_obstacles: list[Sentences] = []
_consequences: list[Sentences] = []


def register_obstacle(find: Sentences) -> None:
    """`find(user)` returns the sentences for which a person may not close their own account now, with the remedy."""
    if find not in _obstacles:
        _obstacles.append(find)


def register_consequence(find: Sentences) -> None:
    """`find(user)` returns what will happen elsewhere when this account ends, one sentence each."""
    if find not in _consequences:
        _consequences.append(find)


def obstacles_of(user: User) -> list[str]:
    return [str(sentence) for find in _obstacles for sentence in find(user)]


def consequences_of(user: User) -> list[str]:
    return [str(sentence) for find in _consequences for sentence in find(user)]


def told_to_another(sentence: str, user: User) -> str:
    """The sentence as somebody else reads it."""
    return sentence.replace("您", user.name)
