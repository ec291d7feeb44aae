"""The time of a function's first page in a new process: our package and Zappa's own.

`python -m tests.cloud.deployment.coldstart [ROUNDS]` builds both from the same locks and the
same sources, and asks them for the front page in turn, each time in a process
that has nothing but the unpacked package. It prints both medians and their ratio.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from cloud.deployment import package
from core.environment import ROOT
from tests.account import running_account
from tests.cloud.deployment import events
from tests.cloud.deployment.conftest import ARCHITECTURE

MEASURE = """if True:
    import importlib, json, sys, time
    task, handler, event = sys.argv[1:]
    began = time.perf_counter()
    sys.path.insert(0, task)
    module, name = handler.rsplit(".", 1)
    class Context:
        def get_remaining_time_in_millis(self):
            return 30_000
    answer = getattr(importlib.import_module(module), name)(json.loads(event), Context())
    seconds = time.perf_counter() - began
    assert answer["statusCode"] == 200, answer
    sys.stderr.write(f"\\n{seconds}")
"""


def zappas_own(folder: Path) -> Path:
    """Return what `zappa package` makes of the same locks and sources, unpacked."""
    libraries = folder / "venv" / "lib" / "python3.13" / "site-packages"
    site = folder / "site"
    libraries.mkdir(parents=True)
    site.mkdir()
    package.install(ARCHITECTURE, libraries)
    package.copy_sources(site)
    package.name_static_files(site)
    settings = {
        "project_name": "garage",
        "django_settings": "garage.settings",
        "runtime": "python3.13",
        "aws_region": "eu-central-1",
        "use_precompiled_packages": False,
        "log_level": "INFO",
    }
    (site / "zappa_settings.json").write_text(json.dumps({"dev": settings}))
    subprocess.run(  # noqa: S603 - our own command
        [Path(sys.executable).with_name("zappa"), "package", "dev", "-o", folder / "plain.zip"],
        cwd=site,
        env=os.environ | {"VIRTUAL_ENV": str(folder / "venv")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return unpacked(folder / "plain.zip", folder / "plain")


def unpacked(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    manifest = folder / ".garage" / "static"
    if not manifest.exists():  # Zappa leaves hidden folders out
        package.name_static_files(folder)
    return folder


def first_page(task: Path, handler: str, environment: dict[str, str]) -> float:
    """Return the seconds to the first page in a new process."""
    event = json.dumps(events.request("/"))
    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-S", "-I", "-B", "-c", MEASURE, task, handler, event],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    return float(ran.stderr.splitlines()[-1])


def main() -> None:
    rounds = int(sys.argv[1]) if sys.argv[1:] else 15
    folder = Path(tempfile.mkdtemp(prefix="garage-coldstart-"))
    try:
        ours = unpacked(package.build(ARCHITECTURE, folder / "ours.zip").path, folder / "ours")
        plain = zappas_own(folder)
        with running_account() as account:
            site = {"GARAGE_STAGE": "dev", "GARAGE_SITE_URL": f"https://{events.API}/dev"}
            environment = account | site
            subprocess.run(
                [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"],
                cwd=ROOT,
                env=os.environ | environment | operator(account),
                check=True,
            )
            times: dict[str, list[float]] = {"ours": [], "plain": []}
            for _ in range(rounds):
                times["plain"].append(first_page(plain, "handler.lambda_handler", environment))
                times["ours"].append(first_page(ours, "garage.lambda_entry.handler", environment))
    finally:
        shutil.rmtree(folder)
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    ratio = medians["ours"] / medians["plain"]
    sys.stdout.write(
        f"plain {medians['plain'] * 1000:.0f} ms, ours {medians['ours'] * 1000:.0f} ms,"
        f" ratio {ratio:.2f} (medians of {rounds}, in turn)\n"
    )


def operator(account: dict[str, str]) -> dict[str, str]:
    """Return the variables of an operator, who may publish static files."""
    from cloud.emulator.emulator import ROOT_KEY

    return {"AWS_ENDPOINT_URL": account["AWS_ENDPOINT_URL"], **ROOT_KEY.variables}


if __name__ == "__main__":
    main()
