"""Users and groups of a stage's user pool: what an operator creates for demos and tests."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from identity.app_clients import CITY_HALL

if TYPE_CHECKING:
    from cloud.account import Account


@dataclass(frozen=True, kw_only=True)
class NewUser:
    """A user of the pool. `cities` are the slugs of the cities whose officer they are."""

    email: str
    name: str
    cities: tuple[str, ...] = ()


def ensure_group(account: "Account", pool: str, group: str) -> None:
    """Create the group if it does not exist."""
    cognito = account.cognito
    try:
        cognito.get_group(UserPoolId=pool, GroupName=group)
    except cognito.exceptions.ResourceNotFoundException:
        cognito.create_group(UserPoolId=pool, GroupName=group)


def ensure_user(account: "Account", pool: str, user: NewUser, password: str) -> str:
    """Create the user and their groups if they do not exist; return the `sub`.

    No mail is sent. An existing user keeps their password.
    """
    cognito = account.cognito
    try:
        created = cognito.admin_create_user(
            UserPoolId=pool,
            Username=user.email,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": user.email},
                {"Name": "email_verified", "Value": "true"},
                {"Name": "name", "Value": user.name},
            ],
        )
        attributes = created["User"]["Attributes"]
        cognito.admin_set_user_password(
            UserPoolId=pool, Username=user.email, Password=password, Permanent=True
        )
    except cognito.exceptions.UsernameExistsException:
        found = cognito.admin_get_user(UserPoolId=pool, Username=user.email)
        attributes = found["UserAttributes"]
    for slug in user.cities:
        group = f"{CITY_HALL}{slug}"
        ensure_group(account, pool, group)
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=user.email, GroupName=group)
    return next(pair["Value"] for pair in attributes if pair["Name"] == "sub")
