"""What the embedded AWS needs beside the stack.

MiniStack drops some of the template without a word, has no Lambda role for the
site to run under, and cannot sign people in at Facebook. All of this is made by
API, and made again harmlessly.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from cloud.account import AccessKey, Account
from cloud.cognito_users import NewUser, ensure_user
from cloud.stacks.template import read_tables

FACEBOOK = "Facebook"

DEMO_PASSWORD = "Garage-demo-2026"  # noqa: S105 - the README tells it to everybody
DEMO_USERS = (
    NewUser(email="maria@example.com", name="Maria Ionescu"),
    NewUser(email="andrei@example.com", name="Andrei Popa"),
    NewUser(email="officer.brasov@example.com", name="Ioana Marin", cities=("brasov",)),
    NewUser(email="officer.vienna@example.com", name="Leopold Huber", cities=("vienna",)),
)


def complete_tables(account: Account, outputs: Mapping[str, str]) -> None:
    """Switch on expiry and point-in-time recovery as the template asks; MiniStack ignores both."""
    for table in read_tables():
        name = outputs[table.output]
        if table.time_to_live:
            _expire(account, name, table.time_to_live)
        if table.point_in_time_recovery:
            account.dynamodb.update_continuous_backups(
                TableName=name,
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )


def _expire(account: Account, table: str, attribute: str) -> None:
    now = account.dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    # As on AWS, enabling it twice is an error.
    if now.get("TimeToLiveStatus") != "ENABLED":
        account.dynamodb.update_time_to_live(
            TableName=table,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute},
        )


def site_key(
    account: Account, stage: str, policy: str, known: AccessKey | None = None
) -> AccessKey:
    """Return a key of the IAM user as whom the site runs, and who has the one policy.

    `known` is the key that the site had before; it is kept while it is valid.
    """
    iam = account.iam
    user = f"garage-{stage}-site"
    try:
        iam.get_user(UserName=user)
    except iam.exceptions.NoSuchEntityException:
        iam.create_user(UserName=user)
    iam.attach_user_policy(UserName=user, PolicyArn=policy)
    keys = [key["AccessKeyId"] for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]]
    if known and known.id in keys:
        return known
    # Nobody knows the secrets of the others any more.
    for key in keys:
        iam.delete_access_key(UserName=user, AccessKeyId=key)
    made = iam.create_access_key(UserName=user)["AccessKey"]
    return AccessKey(made["AccessKeyId"], made["SecretAccessKey"])


def forget_site(account: Account, stage: str) -> None:
    """Remove the IAM user as whom a stage's site runs, with its keys, if there is one."""
    iam = account.iam
    user = f"garage-{stage}-site"
    try:
        keys = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    except iam.exceptions.NoSuchEntityException:
        return
    for key in keys:
        iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    for policy in iam.list_attached_user_policies(UserName=user)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=user, PolicyArn=policy["PolicyArn"])
    iam.delete_user(UserName=user)


def facebook_issuer(account: Account, pool: str) -> str | None:
    """Return the issuer that stands in for Facebook in the pool, if one does."""
    cognito = account.cognito
    try:
        found = cognito.describe_identity_provider(UserPoolId=pool, ProviderName=FACEBOOK)
    except cognito.exceptions.ResourceNotFoundException:
        return None
    return found["IdentityProvider"]["ProviderDetails"]["oidc_issuer"]


def facebook_port(account: Account, pool: str) -> int | None:
    """Return the port on which the stand-in for Facebook was last expected."""
    issuer = facebook_issuer(account, pool)
    return urlsplit(issuer).port if issuer else None


def offer_facebook(account: Account, pool: str, client: str, issuer: str) -> None:
    """Have the client offer sign-in at an OpenID provider under Facebook's name."""
    cognito = account.cognito
    details = {
        "client_id": "garage",
        "client_secret": "garage",
        "authorize_scopes": "openid email profile",
        "attributes_request_method": "GET",
        "oidc_issuer": issuer,
        # Otherwise each sign-in asks the issuer where they are.
        "authorize_url": f"{issuer}/oauth2/authorize",
        "token_url": f"{issuer}/oauth2/token",
        "attributes_url": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
    }
    mapping = {"email": "email", "name": "name", "username": "sub"}
    if facebook_issuer(account, pool) is None:
        cognito.create_identity_provider(
            UserPoolId=pool,
            ProviderName=FACEBOOK,
            ProviderType="OIDC",
            ProviderDetails=details,
            AttributeMapping=mapping,
        )
    else:
        cognito.update_identity_provider(
            UserPoolId=pool,
            ProviderName=FACEBOOK,
            ProviderDetails=details,
            AttributeMapping=mapping,
        )
    # MiniStack keeps what an update leaves out (AWS would reset it, but there
    # the stack does this).
    cognito.update_user_pool_client(
        UserPoolId=pool, ClientId=client, SupportedIdentityProviders=["COGNITO", FACEBOOK]
    )


def ensure_demo_users(account: Account, pool: str) -> dict[str, str]:
    """Make whom the demo signs in as; return e-mail address → `sub`."""
    return {
        person.email: ensure_user(account, pool, person, DEMO_PASSWORD) for person in DEMO_USERS
    }
