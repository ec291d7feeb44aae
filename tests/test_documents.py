"""Links between documents, and documents named in code, lead to existing files."""

import re
import subprocess
from pathlib import Path

import pytest

from core.environment import ROOT


def tracked(*patterns: str) -> list[str]:
    listed = subprocess.run(  # noqa: S603 - a fixed command
        ["git", "ls-files", "--", *patterns],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


@pytest.mark.parametrize("name", tracked("*.md"))
def test_document_links_lead_to_existing_files(name: str) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", (ROOT / name).read_text())
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (ROOT / name).parent.joinpath(link).exists()] == []


def test_documents_named_in_code_exist() -> None:
    for name in tracked("*.py", "*.yaml", "*.toml", "Makefile", ".env.example"):
        for document in re.findall(r"\bdocs/[\w./-]+\.md\b", (ROOT / name).read_text()):
            assert Path(ROOT, document).is_file(), (name, document)
