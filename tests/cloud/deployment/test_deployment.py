"""A deployment from an empty account to a first market, and its removal.

An operator with no more than infra/deployer-*.json deploys; the function runs
under its own role behind the emulated API Gateway. The tests of this module
follow one another on one account; each leaves it so that the next can go on.
"""

import json
import time
import zipfile
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect, sync_playwright

from cloud.account import AccessKey, Account
from cloud.cognito_users import NewUser, ensure_user
from cloud.deployment.deployment import Deployment, DeploymentFailed
from cloud.deployment.package import Package
from cloud.deployment.smoke import SmokeFailed
from cloud.emulator import emulator
from cloud.stacks import outputs, stages, teardown
from cloud.stacks.stack import Stage, describe
from tests.account import LAUNCHER, PASSWORD, Login
from tests.browser import steps
from tests.browser.conftest import TIMEOUT, launch
from tests.cloud.deployment.conftest import ARCHITECTURE
from tests.infra.policies import DEPLOYER, policy

STAGE = "dev"
CITY = "brasov"
EMBEDDED_ONLY = [
    {
        "Sid": "TheSitesOwnKey",
        "Effect": "Allow",
        "Action": [
            "iam:AttachUserPolicy",
            "iam:CreateAccessKey",
            "iam:CreateUser",
            "iam:DeleteAccessKey",
            "iam:DeleteUser",
            "iam:DetachUserPolicy",
            "iam:GetUser",
            "iam:ListAccessKeys",
            "iam:ListAttachedUserPolicies",
        ],
        "Resource": "arn:aws:iam::*:user/garage-*",
    },
    {
        "Sid": "AskedForWithoutAName",
        "Effect": "Allow",
        "Action": [
            "events:ListTargetsByRule",
            "events:PutTargets",
            "events:RemoveTargets",
            "lambda:CreateFunction",
        ],
        "Resource": "*",
    },
]
"""Further permissions for an embedded account: there a stage also has a key for a laptop,
and some calls are made without the resource name that they have on AWS."""


@dataclass
class World:
    """The account and what has been done to it so far."""

    root: Account
    deployer: Account
    folder: Path
    output: list[str] = field(default_factory=list)

    @property
    def deployment(self) -> Deployment:
        return Deployment(self.deployer, STAGE, self.output.append, ARCHITECTURE)

    @property
    def site(self) -> str:
        return stages.get_outputs(self.deployer, STAGE).stack["SiteUrl"]

    def denied(self) -> list[str]:
        """Return every refused call since the account was created."""
        calls = map(json.loads, (self.folder / "calls.jsonl").read_text().splitlines())
        return [
            f"{call['who'].rpartition('/')[2]} may not {call['action']} on {call['resource']}"
            for call in calls
            if not call["allowed"]
        ]


@pytest.fixture(scope="module", name="world")
def world_fixture(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    """Yield an empty account with a deployer who has no more than they need."""
    folder = tmp_path_factory.mktemp("world")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(emulator, "LAUNCHER", LAUNCHER)
        patch.setattr(outputs, "STATE", folder / "state")
        with emulator.run_emulator(folder / "account", volatile=True) as started:
            root = started.account
            root.iam.create_user(UserName="deployer")
            for name, document in deployers_policies().items():
                created = root.iam.create_policy(
                    PolicyName=name, PolicyDocument=json.dumps(document)
                )
                root.iam.attach_user_policy(UserName="deployer", PolicyArn=created["Policy"]["Arn"])
            key = root.iam.create_access_key(UserName="deployer")["AccessKey"]
            deployer = root.using(AccessKey(key["AccessKeyId"], key["SecretAccessKey"]))
            yield World(root, deployer, folder / "account")


def deployers_policies() -> dict[str, Any]:
    """Return the documents of a deployer on the embedded AWS, by the name of the policy."""
    embedded_only = {"Version": "2012-10-17", "Statement": EMBEDDED_ONLY}
    return {f"garage-{name}": policy(name) for name in DEPLOYER} | {
        "garage-embedded-only": embedded_only
    }


@pytest.fixture(scope="module", name="browser")
def browser_fixture() -> Generator[Browser]:
    with sync_playwright() as playwright, launch(playwright) as browser:
        yield browser


@pytest.fixture(name="page")
def page_fixture(browser: Browser, world: World) -> Generator[Page]:
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(TIMEOUT)
    yield context.new_page()
    context.close()


def login(world: World, email: str, *cities: str) -> Login:
    pool = stages.get_outputs(world.deployer, STAGE).stack["UserPoolId"]
    user = NewUser(email=email, name="Test Person", cities=cities)
    return Login(sub=ensure_user(world.deployer, pool, user, PASSWORD), email=email)


def test_stage_is_provisioned_in_empty_account(world: World) -> None:
    stages.provision(world.deployer, Stage(name=STAGE))
    assert describe(world.deployer, STAGE)["StackStatus"] == "CREATE_COMPLETE"
    assert world.denied() == []


def test_site_is_deployed_to_stage(world: World, built: Package) -> None:
    site_url = world.deployment.deploy(built.path)
    assert site_url == world.site
    assert requests.get(f"{site_url}/readyz", timeout=30).json()["status"] == "ok"
    assert world.denied() == []


def test_function_reads_secrets_from_secrets_manager(world: World) -> None:
    configuration = world.deployment.versions.get_configuration()
    assert configuration
    variables = configuration["Environment"]["Variables"]
    assert not [name for name in variables if name.endswith(("_SECRET", "_SECRET_KEY"))]
    assert variables["GARAGE_SECRETS"].startswith("arn:aws:secretsmanager:")
    stack = stages.get_outputs(world.deployer, STAGE).stack
    assert configuration["Role"] == stack["FunctionRoleArn"]


def test_gateway_compresses_and_has_error_pages(world: World) -> None:
    gateway = world.deployer.client("apigateway")
    api = gateway.get_rest_api(restApiId=world.deployment.gateway.id)
    assert int(api["minimumCompressionSize"]) == 1024
    response = gateway.get_gateway_response(
        restApiId=world.deployment.gateway.id, responseType="REQUEST_TOO_LARGE"
    )
    assert "too large" in response["responseTemplates"]["text/html"]


def test_operator_registers_city_with_zappa_manage(world: World) -> None:
    command = (
        f"city register {CITY} --code BRV --name Brasov --language ro --currency RON"
        " --time-zone Europe/Bucharest --contact office@example.com"
        " --opens 2020-01-01 --closes 2099-01-01 --decide-by 2099-02-01"
    )
    world.deployment.run_zappa(stages.get_outputs(world.deployer, STAGE), "manage", command)
    assert "Brasov" in requests.get(f"{world.site}/", timeout=30).text
    assert world.denied() == []


def test_merchant_applies_and_officer_approves(world: World, page: Page) -> None:
    site = world.site
    merchant = login(world, "maria@example.com")
    officer = login(world, "officer@example.com", CITY)
    page.goto(f"{site}/")
    steps.follow(page, "Apply in Brasov")
    steps.follow(page, "Continue with e-mail and password")
    steps.answer_hosted_page(page, merchant)
    steps.press(page, "Begin the application")
    steps.fill_in(page)
    steps.add_photo_from_list(page)
    steps.submit(page)
    steps.sign_out(page)
    steps.sign_in_at_city_hall(page, officer)
    steps.follow(page, steps.TEXTS["Name of the market"])
    steps.press(page, "Approve")
    expect(page.get_by_role("status")).to_contain_text("approved")
    page.goto(f"{site}/cities/{CITY}/")
    expect(page.get_by_role("heading", name=steps.TEXTS["Name of the market"])).to_be_visible()
    for link in page.get_by_role("link").all():
        target = link.get_attribute("href") or ""
        assert not target.startswith("/") or target.startswith("/_aws/execute-api/")
    assert world.denied() == []


def test_scheduled_event_delivers_mail(world: World) -> None:
    events = world.deployer.client("events")
    (rule,) = events.list_rules(NamePrefix=f"{world.deployment.name}-")["Rules"]
    assert rule["ScheduleExpression"] == "rate(1 minute)"
    assert "RoleArn" not in rule
    event = {"detail-type": "Scheduled Event", "resources": [rule["Arn"]]}
    answer = world.deployer.client("lambda").invoke(
        FunctionName=world.deployment.name, Payload=json.dumps(event).encode()
    )
    assert "FunctionError" not in answer, answer["Payload"].read()
    assert world.denied() == []


def test_update_keeps_data_and_can_be_rolled_back(world: World, built: Package) -> None:
    deployment = world.deployment
    first = deployment.versions.get_version("good")
    second = ('{"status": "ok"}', '{"status": "ok", "edition": "second"}')
    deployment.deploy(edited(built, world.folder, *second, "garage/views.py"))
    assert health(world) == {"status": "ok", "edition": "second"}
    assert CITY in requests.get(f"{world.site}/", timeout=30).text
    assert deployment.roll_back() == first
    assert health(world) == {"status": "ok"}
    assert world.denied() == []


def test_failing_package_is_rolled_back(world: World, built: Package) -> None:
    good = world.deployment.versions.get_version("good")
    broken = edited(built, world.folder, "import logging", "import missing", "garage/gateway.py")
    with pytest.raises(DeploymentFailed, match=f"failed.*\\n.*Version {good}, the last good one"):
        world.deployment.deploy(broken)
    assert health(world) == {"status": "ok"}


def test_missing_permission_is_named(world: World) -> None:
    """Without one action, the site's own probe fails and the record of calls names the action."""
    role = stages.get_outputs(world.deployer, STAGE).stack["FunctionRoleArn"].rpartition("/")[2]
    denial = {"Effect": "Deny", "Action": "dynamodb:Query", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [denial]})
    before = len(world.denied())
    world.root.iam.put_role_policy(RoleName=role, PolicyName="less", PolicyDocument=policy)
    try:
        with pytest.raises(SmokeFailed, match="/readyz answered 503"):
            world.deployment.test(world.site)
    finally:
        world.root.iam.delete_role_policy(RoleName=role, PolicyName="less")
    # The schedule may run in the same moment, and ask for the outbox.
    refused = set(world.denied()[before:])
    assert all("may not dynamodb:Query on" in each for each in refused)
    assert [each for each in refused if each.endswith("table/garage-dev-markets")]


def test_teardown_is_refused_while_site_exists(world: World) -> None:
    with pytest.raises(teardown.NotEmpty, match="undeploy"):
        teardown.tear_down(world.deployer, STAGE, with_data=True, report=world.output.append)


def test_teardown_with_data_leaves_empty_account(world: World) -> None:
    world.deployment.undeploy()
    with pytest.raises(teardown.NotEmpty, match="garage-dev-cities"):
        teardown.tear_down(world.deployer, STAGE, with_data=False, report=world.output.append)
    teardown.tear_down(world.deployer, STAGE, with_data=True, report=world.output.append)
    assert left(world.root) == {}


def health(world: World) -> Any:
    """Return what the site says of itself through the gateway, once what runs is what was deployed.

    The emulator may ask a process of the code before for some moments.
    """
    for _ in range(20):
        answer = requests.get(f"{world.site}/healthz", timeout=30)
        if answer.ok:
            break
        time.sleep(0.5)
    return answer.json()


def left(root: Account) -> dict[str, Any]:
    """Return all that an account still holds, by kind."""
    groups = root.client("logs").describe_log_groups()["logGroups"]
    found = {
        "tables": root.dynamodb.list_tables()["TableNames"],
        "buckets": [bucket["Name"] for bucket in root.s3.list_buckets()["Buckets"]],
        "functions": root.client("lambda").list_functions()["Functions"],
        "gateways": root.client("apigateway").get_rest_apis()["items"],
        "rules": root.client("events").list_rules()["Rules"],
        "pools": root.cognito.list_user_pools(MaxResults=10)["UserPools"],
        "roles": [
            role["RoleName"]
            for role in root.iam.list_roles()["Roles"]
            if "garage" in role["RoleName"]
        ],
        "policies": [
            policy["PolicyName"]
            for policy in root.iam.list_policies(Scope="Local")["Policies"]
            if policy["PolicyName"] not in deployers_policies()
        ],
        "secrets": root.client("secretsmanager").list_secrets()["SecretList"],
        "topics": root.client("sns").list_topics()["Topics"],
        "alarms": root.client("cloudwatch").describe_alarms()["MetricAlarms"],
        "dashboards": root.client("cloudwatch").list_dashboards()["DashboardEntries"],
        "log groups": [group["logGroupName"] for group in groups],
        "stacks": [
            stack["StackName"]
            for stack in root.cloudformation.describe_stacks()["Stacks"]
            if stack["StackStatus"] != "DELETE_COMPLETE"
        ],
        "users": [
            user["UserName"]
            for user in root.iam.list_users()["Users"]
            if user["UserName"] != "deployer"
        ],
    }
    return {kind: items for kind, items in found.items() if items}


def edited(built: Package, folder: Path, old: str, new: str, source: str) -> Path:
    """Return the package with one of its sources changed and its bytecode gone."""
    path = folder / "edited.zip"
    module = Path(source)
    bytecode = f"{module.parent}/__pycache__/{module.stem}."
    with zipfile.ZipFile(built.path) as before, zipfile.ZipFile(path, "w") as after:
        for entry in before.infolist():
            content = before.read(entry)
            if entry.filename == source:
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode())
            if not entry.filename.startswith(bytecode):
                after.writestr(entry, content, zipfile.ZIP_DEFLATED, 1)
    return path
