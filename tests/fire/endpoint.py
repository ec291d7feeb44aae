"""Lets the clients of this process reach AWS at another endpoint."""

from collections.abc import Generator

from core.dynamodb import Table, connection
from identity import cognito, tokens


def models(of: type[Table] = Table) -> Generator[type[Table]]:
    for model in of.__subclasses__():
        yield model
        yield from models(model)


def forget_clients() -> None:
    """Let the process make its clients of AWS anew."""
    connection.cache_clear()
    cognito.client.cache_clear()
    tokens.keys.forget()
    for model in models():
        model._connection = None  # noqa: SLF001
