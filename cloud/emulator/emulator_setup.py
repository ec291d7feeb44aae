"""What the embedded AWS needs besides the stack.

MiniStack ignores some properties of the template, has no role for the site on a
laptop, and has no Facebook as an identity provider. The functions here create all
this by API, and can be run again.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from cloud.account import AccessKey, Account
from cloud.cognito_users import NewUser, ensure_user
from cloud.stacks.template import read_tables

FACEBOOK = "Facebook"

# pragma: allowlist nextline secret
DEMO_PASSWORD = "Garage-demo-2026"  # noqa: S105 - the README shows it
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
    """Return a key of the site's IAM user, who has only the site's policy.

    `known` is the site's present key; it is returned if it is still valid.
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
    # The secrets of the others are lost.
    for key in keys:
        iam.delete_access_key(UserName=user, AccessKeyId=key)
    created = iam.create_access_key(UserName=user)["AccessKey"]
    return AccessKey(created["AccessKeyId"], created["SecretAccessKey"])


def delete_site_user(account: Account, stage: str) -> None:
    """Delete the IAM user of a stage's site with its keys, if it exists."""
    iam = account.iam
    user = f"garage-{stage}-site"
    try:
        iam.get_user(UserName=user)
    except iam.exceptions.NoSuchEntityException:
        return
    for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    for policy in iam.list_attached_user_policies(UserName=user)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=user, PolicyArn=policy["PolicyArn"])
    iam.delete_user(UserName=user)


def facebook_issuer(account: Account, pool: str) -> str | None:
    """Return the issuer of the pool's stand-in for Facebook, or None."""
    cognito = account.cognito
    try:
        found = cognito.describe_identity_provider(UserPoolId=pool, ProviderName=FACEBOOK)
    except cognito.exceptions.ResourceNotFoundException:
        return None
    return found["IdentityProvider"]["ProviderDetails"]["oidc_issuer"]


def facebook_port(account: Account, pool: str) -> int | None:
    """Return the port of the stand-in for Facebook, as the pool has it, or None."""
    issuer = facebook_issuer(account, pool)
    return urlsplit(issuer).port if issuer else None


def offer_facebook(account: Account, pool: str, client: str, issuer: str) -> None:
    """Let an app client offer an OpenID provider with the name Facebook."""
    cognito = account.cognito
    details = {
        "client_id": "garage",
        # pragma: allowlist nextline secret
        "client_secret": "garage",
        "authorize_scopes": "openid email profile",
        "attributes_request_method": "GET",
        "oidc_issuer": issuer,
        # Otherwise each sign-in reads them from the issuer first.
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
    # MiniStack keeps the settings that an update leaves out. AWS would reset them,
    # but there the stack makes this change.
    cognito.update_user_pool_client(
        UserPoolId=pool, ClientId=client, SupportedIdentityProviders=["COGNITO", FACEBOOK]
    )


def ensure_demo_users(account: Account, pool: str) -> dict[str, str]:
    """Create the demo's users; return e-mail address → `sub`."""
    return {user.email: ensure_user(account, pool, user, DEMO_PASSWORD) for user in DEMO_USERS}
