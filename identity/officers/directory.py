"""Officers in the user pool, through Cognito's API; needs an operator's credentials.

An officer of a city is a user in the group `city-hall:<slug>`. Each function raises
NotAllowed if the credentials lack the permission, and SignInUnavailable.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from core.errors import NotFound
from identity import cognito
from identity.app_clients import CITY_HALL

# pragma: allowlist nextline secret
PASSWORD_UNUSED = "FORCE_CHANGE_PASSWORD"  # noqa: S105 - a status of Cognito's
"""Status of a user who has not yet signed in with their temporary password."""


class NoSuchUser(NotFound):
    """The pool has no user with this e-mail address and a password."""


@dataclass(kw_only=True)
class PoolUser:
    """A user of the pool. `status` is Cognito's, or `DISABLED`; `cities` are slugs."""

    email: str
    name: str
    sub: str
    status: str
    cities: list[str] = field(default_factory=list)


def get_user(email: str) -> PoolUser:
    """Return the user with the e-mail address, officer or not, or raise NoSuchUser."""
    client = cognito.client()
    user: Any = {"UserPoolId": _pool(), "Username": email}
    with cognito.translated_errors():
        try:
            found = client.admin_get_user(**user)
        except client.exceptions.UserNotFoundException:
            raise NoSuchUser(f"No user in the pool signs in with {email}.") from None
        pages = client.get_paginator("admin_list_groups_for_user").paginate(**user)
        groups = [group["GroupName"] for page in pages for group in page["Groups"]]
    return _pool_user(found, found["UserAttributes"], _cities(groups))


def find_user(email: str) -> PoolUser | None:
    """Return the user with the e-mail address, or None."""
    try:
        return get_user(email)
    except NoSuchUser:
        return None


def iter_officers() -> Iterable[PoolUser]:
    """Return every officer once, with all their cities."""
    client, officers = cognito.client(), dict[str, PoolUser]()
    with cognito.translated_errors():
        groups = client.get_paginator("list_groups").paginate(UserPoolId=_pool())
        for city in _cities(group["GroupName"] for page in groups for group in page["Groups"]):
            members = client.get_paginator("list_users_in_group").paginate(
                UserPoolId=_pool(), GroupName=_group(city)
            )
            for member in (user for page in members for user in page["Users"]):
                user = _pool_user(member, member["Attributes"], [])
                officers.setdefault(user.sub, user).cities.append(city)
    return officers.values()


def create_user(email: str, name: str, password: str) -> None:
    """Create a user with a temporary password; Cognito sends no mail."""
    with cognito.translated_errors():
        cognito.client().admin_create_user(
            UserPoolId=_pool(),
            Username=email,
            TemporaryPassword=password,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": "true"},
                {"Name": "name", "Value": name},
            ],
        )


def set_temporary_password(email: str, password: str) -> None:
    with cognito.translated_errors():
        cognito.client().admin_set_user_password(
            UserPoolId=_pool(), Username=email, Password=password, Permanent=False
        )


def add_to_city(email: str, slug: str) -> None:
    """Add a user to a city's group; create the group if it does not exist."""
    client = cognito.client()
    with cognito.translated_errors():
        try:
            client.get_group(UserPoolId=_pool(), GroupName=_group(slug))
        except client.exceptions.ResourceNotFoundException:
            client.create_group(UserPoolId=_pool(), GroupName=_group(slug))
        client.admin_add_user_to_group(UserPoolId=_pool(), Username=email, GroupName=_group(slug))


def remove_from_city(email: str, slug: str) -> None:
    with cognito.translated_errors():
        cognito.client().admin_remove_user_from_group(
            UserPoolId=_pool(), Username=email, GroupName=_group(slug)
        )


def _pool() -> str:
    pool: str = settings.GARAGE.user_pool_id
    return pool


def _group(slug: str) -> str:
    return f"{CITY_HALL}{slug}"


def _cities(groups: Iterable[str]) -> list[str]:
    return sorted(g.removeprefix(CITY_HALL) for g in groups if g.startswith(CITY_HALL))


def _pool_user(user: Mapping[str, Any], attributes: Any, cities: list[str]) -> PoolUser:
    values = {pair["Name"]: pair.get("Value", "") for pair in attributes}
    return PoolUser(
        email=values.get("email", ""),
        name=values.get("name", ""),
        sub=values["sub"],
        status=user.get("UserStatus", "") if user.get("Enabled", True) else "DISABLED",
        cities=cities,
    )
