"""The site on several processes, as gunicorn serves it, and people who send it forms."""

import http.client
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from cloud.local.ports import LOOPBACK, free_port
from cloud.local.processes import run_module
from core.actors import Actor
from tests.clients import sign_in

TOKEN = "t" * 32  # of the forms, as cookie and as header
PROCESSES = 3
TIMEOUT = 30  # seconds


@contextmanager
def running_site(log: Path) -> Iterator[int]:
    """Serve the site of this session's account by several processes; yield the port."""
    port = free_port()
    variables = {name: value for name, value in os.environ.items() if ours(name)}
    # The names of the static files are in this session's own folder.
    variables["DJANGO_SETTINGS_MODULE"] = "cloud.deployment.manifest_settings"
    variables["GARAGE_MANIFEST_FOLDER"] = str(settings.STATIC_ROOT)
    with run_module(
        "The site",
        "gunicorn",
        "garage.wsgi",
        f"--bind={LOOPBACK}:{port}",
        f"--workers={PROCESSES}",
        "--log-level=warning",
        "--no-control-socket",
        variables=variables,
        log=log,
        is_ready=partial(answers_for_host, port),
    ):
        yield port


def ours(name: str) -> bool:
    return name.startswith(("AWS_", "GARAGE_", "DJANGO_"))


def answers_for_host(port: int) -> bool:
    try:
        return Browser(port).get("/healthz") == http.client.OK
    except OSError:
        return False


class Browser:
    """Somebody's browser: a session, and the token of its forms."""

    def __init__(self, port: int, actor: Actor | None = None) -> None:
        self.port = port
        cookies = {settings.CSRF_COOKIE_NAME: TOKEN}
        if actor:
            client = Client()
            sign_in(client, sub=actor.id, cities=sorted(actor.cities))
            cookies |= {name: morsel.value for name, morsel in client.cookies.items()}
        self.headers = {
            # The site answers to its own address alone.
            "Host": settings.SITE.netloc,
            "Cookie": SimpleCookie(cookies).output(header="", sep=";").strip(),
            "X-CSRFToken": TOKEN,
            "Content-Type": "application/x-www-form-urlencoded",
        }

    def get(self, url: str) -> int:
        return self._ask("GET", url)

    def post(self, url: str, fields: Mapping[str, str]) -> int:
        """Send a form; return the status of the answer."""
        return self._ask("POST", url, urlencode(fields))

    def _ask(self, method: str, url: str, body: str | None = None) -> int:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=TIMEOUT)
        try:
            connection.request(method, url, body, self.headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()
