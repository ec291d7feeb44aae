"""The function under real events, in an interpreter that has nothing but the package."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from markets.cities.models import City
from tests import images
from tests.cloud.deployment import events

FUNCTION = Path(__file__).with_name("function.py")
SITE = f"https://{events.API}/dev"
DOMAIN = "markets.example.org"


@dataclass(frozen=True)
class Ran:
    """The responses, log lines and loaded modules of a function's process."""

    answers: list[Any]
    logged: list[dict[str, Any]]
    loaded: set[str]


@pytest.fixture(name="run")
def run_fixture(unpacked: Path, tmp_path: Path, _static_files: None) -> Any:
    def run(*asked: dict[str, Any], site_url: str = SITE) -> Ran:
        site = {
            name: value
            for name, value in os.environ.items()
            if name.startswith(("AWS_", "GARAGE_"))
        }
        ran = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-S", "-I", "-B", FUNCTION, unpacked, tmp_path / "answers"],
            env=site | {"GARAGE_STAGE": "dev", "GARAGE_SITE_URL": site_url},
            input="".join(json.dumps(event) + "\n" for event in asked),
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )
        assert ran.returncode == 0, ran.stderr
        answers = [json.loads(line) for line in (tmp_path / "answers").read_text().splitlines()]
        logged = [json.loads(line) for line in ran.stderr.splitlines()]
        return Ran(answers, logged, set(json.loads(ran.stdout.splitlines()[-1])["loaded"]))

    return run


def header(answer: dict[str, Any], name: str) -> list[str]:
    values: list[str] = answer["multiValueHeaders"].get(name, [])
    return values


def test_page_on_gateway_host(run: Any, city: City) -> None:
    (answer,) = run(events.request("/")).answers
    assert answer["statusCode"] == 200
    assert f'href="/dev/cities/{city.slug}/"' in answer["body"]
    assert 'href="/cities' not in answer["body"]
    assert os.environ["GARAGE_MEDIA_URL"] + "/static/garage." in answer["body"]


def test_page_on_custom_domain(run: Any, city: City) -> None:
    asked = events.request("/", host=DOMAIN)
    (answer,) = run(asked, site_url=f"https://{DOMAIN}").answers
    assert answer["statusCode"] == 200
    assert f'href="/cities/{city.slug}/"' in answer["body"]


def test_page_below_path_of_custom_domain(run: Any, city: City) -> None:
    asked = events.request(f"/garage/cities/{city.slug}/", host=DOMAIN)
    (answer,) = run(asked, site_url=f"https://{DOMAIN}/garage").answers
    assert answer["statusCode"] == 200
    assert 'href="/garage/"' in answer["body"]


def test_path_that_begins_with_stage_name_is_not_stripped(run: Any) -> None:
    (answer,) = run(events.request("/developers/")).answers
    assert answer["statusCode"] == 404


def test_other_host_is_refused(run: Any) -> None:
    (answer,) = run(events.request("/", host="evil.example")).answers
    assert answer["statusCode"] == 400


@pytest.mark.parametrize(
    ("address", "app_client"),
    [("/sign-in/?with=email", "merchants"), ("/city-hall/sign-in/", "officers")],
)
def test_sign_in_callback_url_includes_stage(run: Any, address: str, app_client: str) -> None:
    (answer,) = run(events.request(address)).answers
    (target,) = header(answer, "Location")
    assert (
        f"redirect_uri=https%3A%2F%2F{events.API}%2Fdev%2Foidc%2F{app_client}%2Fcallback%2F"
        in target
    )


def test_cookies_are_set_once(run: Any) -> None:
    (answer,) = run(events.request("/sign-in/?with=email")).answers
    assert "headers" not in answer
    cookies = [
        value.split("=")[0]
        for name, values in answer["multiValueHeaders"].items()
        if name.lower() == "set-cookie"
        for value in values
    ]
    assert cookies == ["__Host-session"]


def test_request_log_has_one_line_without_personal_data(run: Any) -> None:
    ran = run(events.request("/sign-in/?next=/markets/secret/"))
    (line,) = [line for line in ran.logged if line["message"] == "request"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/sign-in/", 200)
    assert line["request_id"] == header(ran.answers[0], "X-Request-Id")[0]
    written = json.dumps(ran.logged)
    assert events.CLIENT not in written
    assert "secret" not in written


def test_too_large_request_is_refused_with_message(run: Any) -> None:
    asked = events.request("/markets/", method="POST", body=b"x" * 5 * 1024**2)
    (answer,) = run(asked).answers
    assert answer["statusCode"] == 413
    assert "What you sent is too large" in answer["body"]


def test_unknown_path_is_not_found(run: Any) -> None:
    (answer,) = run(events.request("/nothing/here/")).answers
    assert answer["statusCode"] == 404
    assert "text/html" in header(answer, "Content-Type")[0]


def test_first_page_does_not_load_slow_modules(run: Any) -> None:
    loaded = run(events.request("/")).loaded
    assert not loaded & {"PIL", "cryptography", "icalendar", "ninja", "requests", "storages"}


def test_avif_photo_is_refused_without_decoder(unpacked: Path, tmp_path: Path) -> None:
    photo = tmp_path / "photo.avif"
    photo.write_bytes(images.encoded(images.picture(), "AVIF"))
    script = """if True:
        import pathlib, sys
        sys.path.insert(0, sys.argv[1])
        from markets.images.processing import PhotoRefused, publishable
        try:
            publishable(pathlib.Path(sys.argv[2]).read_bytes())
        except PhotoRefused as refusal:
            print(refusal)
    """
    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-S", "-I", "-B", "-c", script, unpacked, photo],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert ran.stdout.startswith("AVIF photos cannot be read here."), ran.stderr


def test_package_contains_all_imported_modules(unpacked: Path) -> None:
    """Every module of the site, those imported late included."""
    script = """if True:
        import ast, importlib, pathlib, sys
        package = pathlib.Path(sys.argv[1])
        sys.path.insert(0, str(package))
        import garage.lambda_entry
        for source in sorted(package.rglob("*.py")):
            tree = ast.parse(source.read_text())
            hidden = {
                id(inner)
                for node in ast.walk(tree)
                if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
                for inner in ast.walk(node)
            }
            for node in ast.walk(tree):
                if id(node) in hidden:
                    continue
                if isinstance(node, ast.Import):
                    for name in node.names:
                        importlib.import_module(name.name)
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    importlib.import_module(node.module)
    """
    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-S", "-I", "-B", "-c", script, unpacked],
        env={name: value for name, value in os.environ.items() if "_" in name},
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert ran.returncode == 0, ran.stderr
