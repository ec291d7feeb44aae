"""The site as gunicorn serves it, and people who open its pages and send it forms."""

import http.client
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.cookies import SimpleCookie
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.files import File
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from cloud.local.ports import LOOPBACK, free_port
from cloud.local.processes import Process, answers, run_module
from core.actors import Actor
from tests.clients import sign_in

TOKEN = "t" * 32  # of the forms, as cookie and as header
TIMEOUT = 30  # seconds

Fields = Mapping[str, Any]
"""Names and values of a form: a text, several texts in a list, or a file."""


@contextmanager
def running_site(log: Path, *arguments: str, **variables: str) -> Iterator[str]:
    """Serve the site like `site_process` at a free port; yield its address."""
    url = f"http://{LOOPBACK}:{free_port()}"
    with site_process(url, log, *arguments, **variables):
        yield url


def site_process(
    url: str, log: Path, *arguments: str, **variables: str
) -> AbstractContextManager[Process]:
    """Serve the site of this session's account by gunicorn at an address.

    `arguments` are gunicorn's, `variables` replace those of this process.
    """
    own = {name: os.environ[name] for name in os.environ if name.startswith(("AWS_", "GARAGE_"))}
    return run_module(
        "The site",
        "gunicorn",
        "garage.wsgi",
        f"--bind={urlsplit(url).netloc}",
        "--graceful-timeout=1",
        "--log-level=warning",
        "--no-control-socket",
        *arguments,
        variables={
            **own,
            "GARAGE_SITE_URL": url,
            # The names of the static files are in this session's own folder.
            "DJANGO_SETTINGS_MODULE": "cloud.deployment.manifest_settings",
            "GARAGE_MANIFEST_FOLDER": str(settings.STATIC_ROOT),
            **variables,
        },
        log=log,
        is_ready=partial(answers, f"{url}/healthz"),
    )


@dataclass(frozen=True)
class Answer:
    """`location` is where a redirect leads; else it is empty. `cookies` are those that it sets."""

    status: int
    location: str
    text: str
    cookies: Mapping[str, str] = field(default_factory=dict)


class Browser:
    """Somebody's browser: a session, and the token of its forms."""

    def __init__(self, site: str, actor: Actor) -> None:
        self.address = urlsplit(site).netloc
        client = Client()
        sign_in(client, sub=actor.id, cities=sorted(actor.cities))
        cookies = {name: morsel.value for name, morsel in client.cookies.items()}
        cookies[settings.CSRF_COOKIE_NAME] = TOKEN
        self.headers = {
            "Cookie": SimpleCookie(cookies).output(header="", sep=";").strip(),
            "X-CSRFToken": TOKEN,
            "Content-Type": "application/x-www-form-urlencoded",
        }

    def get(self, url: str) -> tuple[int, str]:
        """Open a page; return the status of the answer, and its text."""
        answer = self._ask("GET", url)
        return answer.status, answer.text

    def post(self, url: str, fields: Fields) -> int:
        """Send a form; return the status of the answer."""
        return self.send(url, fields).status

    def send(self, url: str, fields: Fields) -> Answer:
        """Send a form, with its files if it has any; return the whole answer."""
        if any(isinstance(value, File) for value in fields.values()):
            body = encode_multipart(BOUNDARY, dict(fields))
            return self._ask("POST", url, body, {"Content-Type": MULTIPART_CONTENT})
        return self._ask("POST", url, urlencode(fields, doseq=True))

    def _ask(
        self,
        method: str,
        url: str,
        body: str | bytes | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Answer:
        connection = http.client.HTTPConnection(self.address, timeout=TIMEOUT)
        try:
            connection.request(method, url, body, {**self.headers, **headers})
            answer = connection.getresponse()
            location = answer.getheader("Location", "")
            cookies = SimpleCookie("; ".join(answer.headers.get_all("Set-Cookie", [])))
            values = {name: morsel.value for name, morsel in cookies.items()}
            return Answer(answer.status, location, answer.read().decode(), values)
        finally:
            connection.close()
