"""The account that the template creates: tables, bucket, app clients, the site's policy."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from cloud.account import AccessKey
from cloud.stacks.template import read_tables
from tests.account import SessionAccount

TABLES = [table.output for table in read_tables()]
RESTORABLE = [table.output for table in read_tables() if table.point_in_time_recovery]


def refusal(call: Callable[..., Any], **arguments: Any) -> str:
    """Return the error code with which AWS refuses the call; fail if it does not."""
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


def request_anonymously(account: SessionAccount, key: str, method: str = "GET") -> int:
    """Return the status with which the bucket answers a request without credentials."""
    url = f"{account.operator.endpoint}/{account.bucket}/{key}"
    data = b"defaced" if method in {"PUT", "POST"} else None
    try:
        with urlopen(Request(url, method=method, data=data)) as answer:  # noqa: S310
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code


# Tables


def test_sessions_expire(account: SessionAccount) -> None:
    described = account.operator.dynamodb.describe_time_to_live(
        TableName=account.outputs["SessionsTable"]
    )
    assert described["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "expiresAt",
    }


@pytest.mark.parametrize("output", RESTORABLE)
def test_tables_have_point_in_time_recovery(account: SessionAccount, output: str) -> None:
    described = account.operator.dynamodb.describe_continuous_backups(
        TableName=account.outputs[output]
    )
    recovery = described["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"


@pytest.mark.parametrize("output", TABLES)
def test_tables_are_billed_per_request(account: SessionAccount, output: str) -> None:
    table = account.operator.dynamodb.describe_table(TableName=account.outputs[output])["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


# The bucket


@pytest.mark.parametrize(
    ("key", "status"),
    [("public/markets/one.webp", 200), ("incoming/one.jpg", 403), ("publicity.txt", 403)],
)
def test_anonymous_requests_read_public_objects_only(
    account: SessionAccount, key: str, status: int
) -> None:
    account.operator.s3.put_object(Bucket=account.bucket, Key=key, Body=b"light")
    assert request_anonymously(account, key) == status


@pytest.mark.parametrize("key", ["public/markets/two.webp", "incoming/two.jpg"])
def test_anonymous_requests_cannot_write_or_delete(account: SessionAccount, key: str) -> None:
    account.operator.s3.put_object(Bucket=account.bucket, Key=key, Body=b"light")
    assert request_anonymously(account, key, "PUT") == 403
    assert request_anonymously(account, key, "DELETE") == 403
    found = account.operator.s3.get_object(Bucket=account.bucket, Key=key)
    assert found["Body"].read() == b"light"


def test_bucket_listing_is_not_public(account: SessionAccount) -> None:
    assert request_anonymously(account, "") == 403
    assert request_anonymously(account, "?list-type=2&prefix=public/") == 403


def test_bucket_policy_allows_public_prefix_only(account: SessionAccount) -> None:
    policy = json.loads(account.operator.s3.get_bucket_policy(Bucket=account.bucket)["Policy"])
    allowed = [part for part in policy["Statement"] if part["Effect"] == "Allow"]
    assert [(part["Action"], part["Resource"]) for part in allowed] == [
        ("s3:GetObject", f"arn:aws:s3:::{account.bucket}/public/*")
    ]


def test_cors_allows_uploads_from_site_origin_only(account: SessionAccount) -> None:
    rules = account.operator.s3.get_bucket_cors(Bucket=account.bucket)["CORSRules"]
    assert [rule["AllowedOrigins"] for rule in rules] == [[account.outputs["SiteUrl"]]]


def test_cors_allows_modules_from_site_origin_only(account: SessionAccount) -> None:
    """A browser asks for a module of another origin by CORS, unlike for a plain script."""
    (rule,) = account.operator.s3.get_bucket_cors(Bucket=account.bucket)["CORSRules"]
    assert {"GET", "HEAD"} <= set(rule["AllowedMethods"])
    key, site = "public/static/module.js", account.outputs["SiteUrl"]
    account.operator.s3.put_object(Bucket=account.bucket, Key=key, Body=b"export {};")
    url = f"{account.operator.endpoint}/{account.bucket}/{key}"
    for origin, allowed in ((site, site), ("https://elsewhere.example", None)):
        with urlopen(Request(url, headers={"Origin": origin})) as answer:  # noqa: S310
            assert answer.headers["Access-Control-Allow-Origin"] == allowed


# The pool's app clients


def client(account: SessionAccount, app_client: str) -> Mapping[str, Any]:
    return account.operator.cognito.describe_user_pool_client(
        UserPoolId=account.pool, ClientId=account.outputs[f"{app_client.capitalize()}ClientId"]
    )["UserPoolClient"]


@pytest.mark.parametrize("app_client", ["merchants", "officers"])
def test_each_app_client_has_one_callback_url(account: SessionAccount, app_client: str) -> None:
    found = client(account, app_client)
    site = account.outputs["SiteUrl"]
    assert found["CallbackURLs"] == [f"{site}/oidc/{app_client}/callback/"]
    assert found["LogoutURLs"] == [f"{site}/signed-out/"]
    assert found["AllowedOAuthFlows"] == ["code"]
    themselves = {"aws.cognito.signin.user.admin"} if app_client == "merchants" else set()
    assert set(found["AllowedOAuthScopes"]) == {"openid", "email", "profile"} | themselves
    assert found["ClientSecret"]


def test_officer_tokens_expire_before_merchant_tokens(account: SessionAccount) -> None:
    hours = {"hours": 1, "days": 24}
    merchants, officers = client(account, "merchants"), client(account, "officers")
    assert officers["IdTokenValidity"] < merchants["IdTokenValidity"]
    assert (
        officers["RefreshTokenValidity"] * hours[officers["TokenValidityUnits"]["RefreshToken"]]
        < merchants["RefreshTokenValidity"] * hours[merchants["TokenValidityUnits"]["RefreshToken"]]
    )


def test_resource_server_has_approval_scope(account: SessionAccount) -> None:
    server = account.operator.cognito.describe_resource_server(
        UserPoolId=account.pool, Identifier="B2BIdentifier"
    )["ResourceServer"]
    assert [scope["ScopeName"] for scope in server["Scopes"]] == ["ApproveChristmasMarkets"]


# What the site's own key may do


def test_site_key_has_only_the_app_policy(account: SessionAccount) -> None:
    assert account.site.key != account.operator.key
    attached = account.operator.iam.list_attached_user_policies(UserName="garage-test-site")
    assert [policy["PolicyArn"] for policy in attached["AttachedPolicies"]] == [
        account.outputs["AppPolicyArn"]
    ]


def test_wrong_signature_of_site_key_is_refused(account: SessionAccount) -> None:
    assert account.site.key
    forger = account.operator.using(AccessKey(account.site.key.id, "guessed"))
    table = account.outputs["CitiesTable"]
    assert refusal(forger.dynamodb.scan, TableName=table) == "InvalidSignatureException"


def test_site_key_reads_and_writes_markets(account: SessionAccount) -> None:
    table = account.outputs["MarketsTable"]
    key = {"userId": {"S": "somebody"}, "marketId": {"S": "allowed"}}
    account.site.dynamodb.put_item(TableName=table, Item=key)
    assert account.site.dynamodb.get_item(TableName=table, Key=key)["Item"] == key


@pytest.mark.parametrize("output", [table for table in TABLES if table != "CitiesTable"])
def test_site_key_cannot_scan_tables(account: SessionAccount, output: str) -> None:
    scan = account.site.dynamodb.scan
    assert refusal(scan, TableName=account.outputs[output]) == "AccessDeniedException"


@pytest.mark.parametrize("output", TABLES)
def test_site_key_cannot_delete_tables(account: SessionAccount, output: str) -> None:
    table = account.outputs[output]
    assert refusal(account.site.dynamodb.delete_table, TableName=table) == "AccessDeniedException"
    account.operator.dynamodb.describe_table(TableName=table)


@pytest.mark.parametrize(
    ("output", "key"),
    [
        ("HistoryTable", {"marketId": {"S": "m"}, "version": {"N": "1"}}),
        ("NotesTable", {"marketId": {"S": "m"}, "noteId": {"S": "n"}}),
    ],
)
def test_site_key_cannot_change_history_or_notes(
    account: SessionAccount, output: str, key: Any
) -> None:
    table = account.outputs[output]
    database = account.site.dynamodb
    assert refusal(database.delete_item, TableName=table, Key=key) == "AccessDeniedException"
    assert (
        refusal(
            database.update_item,
            TableName=table,
            Key=key,
            UpdateExpression="SET a = :a",
            ExpressionAttributeValues={":a": {"S": "a"}},
        )
        == "AccessDeniedException"
    )


@pytest.mark.parametrize("key", ["incoming/photo.jpg", "public/markets/m/photo.webp"])
def test_site_key_stores_photos(account: SessionAccount, key: str) -> None:
    account.site.s3.put_object(Bucket=account.bucket, Key=key, Body=b"photo")
    stored = account.site.s3.get_object(Bucket=account.bucket, Key=key)
    assert stored["Body"].read() == b"photo"


@pytest.mark.parametrize("key", ["public/static/site.css", "public/index.html", "elsewhere.txt"])
def test_site_key_cannot_write_other_objects(account: SessionAccount, key: str) -> None:
    put = account.site.s3.put_object
    assert refusal(put, Bucket=account.bucket, Key=key, Body=b"defaced") == "AccessDenied"


def test_site_key_cannot_change_bucket_policy(account: SessionAccount) -> None:
    call = account.site.s3.delete_bucket_policy
    assert refusal(call, Bucket=account.bucket) == "AccessDenied"


def test_site_key_cannot_add_users_to_groups(account: SessionAccount) -> None:
    code = refusal(
        account.site.cognito.admin_add_user_to_group,
        UserPoolId=account.pool,
        Username="anybody",
        GroupName="city-hall:brasov",
    )
    assert code == "AccessDeniedException"


def test_site_key_cannot_attach_policies(account: SessionAccount) -> None:
    code = refusal(
        account.site.iam.attach_user_policy,
        UserName="garage-test-site",
        PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess",
    )
    assert code == "AccessDenied"
