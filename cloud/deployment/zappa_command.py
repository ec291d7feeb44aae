"""Zappa's commands, without lending the function's role to other services.

Run it as a module, with the arguments of `zappa`. Zappa lets the gateway and the
schedule act with the function's role, which then has to trust them too. Here the
function's own policy names the gateway, and Zappa itself names the schedule there.
"""

from typing import Any

import troposphere.awslambda
import zappa.cli
import zappa.core

METHOD = "AWS::ApiGateway::Method"
PERMISSION = "GatewayPermission"
"""The gateway's permission in Zappa's template, by its logical name."""


class RoleKeeper(zappa.core.Zappa):  # type: ignore[misc] # Zappa has no types
    """Zappa, with the role for the function alone."""

    def boto_client(self, service: str, *arguments: Any, **options: Any) -> Any:
        client = super().boto_client(service, *arguments, **options)
        if service == "events":
            client.meta.events.register("provide-client-params.events.PutRule", without_role)
        return client

    def create_stack_template(self, lambda_arn: str, *arguments: Any, **options: Any) -> Any:
        """Return Zappa's template of the gateway; integrations in it have no credentials."""
        template = super().create_stack_template(lambda_arn, *arguments, **options)
        for resource in template.resources.values():
            if resource.resource_type == METHOD:
                del resource.properties["Integration"].properties["Credentials"]
        api = "${AWS::Region}:${AWS::AccountId}:${Api}"
        template.add_resource(
            troposphere.awslambda.Permission(
                PERMISSION,
                Action="lambda:InvokeFunction",
                FunctionName=lambda_arn,
                Principal="apigateway.amazonaws.com",
                SourceArn=troposphere.Sub(f"arn:${{AWS::Partition}}:execute-api:{api}/*"),
            )
        )
        return template


def without_role(params: dict[str, Any], **_event: Any) -> dict[str, Any]:
    """Return the parameters of PutRule without a role."""
    return {name: value for name, value in params.items() if name != "RoleArn"}


def main() -> None:
    zappa.cli.Zappa = RoleKeeper
    zappa.cli.handle()


if __name__ == "__main__":
    main()
