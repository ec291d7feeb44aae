"""The API Gateway in front of a stage's function, as Zappa has created it."""

from dataclasses import dataclass
from functools import cached_property

from cloud.account import Account

TOO_LARGE = "What you sent is too large. Please go back and send less at once."
TIMEOUT = "Garage did not answer in time. Please try again in a minute."
RESPONSES = {
    "REQUEST_TOO_LARGE": TOO_LARGE,
    "INTEGRATION_TIMEOUT": TIMEOUT,
    "INTEGRATION_FAILURE": TIMEOUT,
    "DEFAULT_5XX": TIMEOUT,
}
"""The gateway's own error responses, by API Gateway's names for them."""


@dataclass(frozen=True)
class Gateway:
    """The gateway of a stage. `name` is that of the stack in which Zappa keeps it."""

    account: Account
    name: str
    stage: str

    @cached_property
    def id(self) -> str:
        found = self.account.cloudformation.describe_stack_resource(
            StackName=self.name, LogicalResourceId="Api"
        )
        return found["StackResourceDetail"]["PhysicalResourceId"]

    @property
    def url(self) -> str:
        """The site's address at the gateway's own host, without a slash at the end."""
        if self.account.endpoint:
            return f"{self.account.endpoint}/_aws/execute-api/{self.id}/{self.stage}"
        return (
            f"https://{self.id}.execute-api.{self.account.region_name}.amazonaws.com/{self.stage}"
        )

    def set_gateway_responses(self) -> None:
        """Show a page for the gateway's own errors instead of a line of JSON."""
        gateway = self.account.client("apigateway")
        found = gateway.get_gateway_responses(restApiId=self.id, limit=500)["items"]
        existing = {each["responseType"]: each.get("responseTemplates") for each in found}
        templates = {name: {"text/html": page(text)} for name, text in RESPONSES.items()}
        if all(existing.get(name) == template for name, template in templates.items()):
            return
        for name, template in templates.items():
            gateway.put_gateway_response(
                restApiId=self.id,
                responseType=name,
                responseTemplates=template,
                responseParameters={"gatewayresponse.header.Cache-Control": "'no-store'"},
            )
        gateway.create_deployment(restApiId=self.id, stageName=self.stage)


def page(text: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Garage</title>'
        f"<h1>Garage</h1><p>{text}</p></html>"
    )
