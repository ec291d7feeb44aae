"""People and groups in a stage's user pool, as an operator makes them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_cognito_idp.type_defs import AttributeTypeTypeDef

    from cloud.account import Account


CITY_HALL = "city-hall:"
TEMPORARY_PASSWORD_DAYS = 7  # as the pool has it (infra/stack.yaml)


def city_hall(slug: str) -> str:
    """Return the name of the group whose members decide for a city."""
    return f"{CITY_HALL}{slug}"


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody to have in the pool. `cities` are the slugs for which they decide."""

    email: str
    name: str
    cities: tuple[str, ...] = ()


def ensure_group(account: "Account", pool: str, group: str) -> None:
    """Make the group if it is not there."""
    cognito = account.cognito
    try:
        cognito.get_group(UserPoolId=pool, GroupName=group)
    except cognito.exceptions.ResourceNotFoundException:
        cognito.create_group(UserPoolId=pool, GroupName=group)


def ensure_person(account: "Account", pool: str, person: Person, password: str) -> str:
    """Make the person and their groups if they are not there; return the `sub`.

    Nobody is written to. The password is set when the person is made, and left
    alone afterwards: it is theirs to change.
    """
    cognito = account.cognito
    try:
        made = cognito.admin_create_user(
            UserPoolId=pool,
            Username=person.email,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": person.email},
                {"Name": "email_verified", "Value": "true"},
                {"Name": "name", "Value": person.name},
            ],
        )
        attributes = made["User"]["Attributes"]
        cognito.admin_set_user_password(
            UserPoolId=pool, Username=person.email, Password=password, Permanent=True
        )
    except cognito.exceptions.UsernameExistsException:
        found = cognito.admin_get_user(UserPoolId=pool, Username=person.email)
        attributes = found["UserAttributes"]
    for slug in person.cities:
        group = city_hall(slug)
        ensure_group(account, pool, group)
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=person.email, GroupName=group)
    return sub_in(attributes)


def sub_in(attributes: "Iterable[AttributeTypeTypeDef]") -> str:
    return next(pair["Value"] for pair in attributes if pair["Name"] == "sub")
