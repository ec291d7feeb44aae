"""What an examination finds, and how it is printed."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How bad a finding is: something does not work, may not work, or could not be asked."""

    FAULT = "fault"
    WARNING = "warning"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that an operator should know.

    `name` is the same in each release, for scripts. `what` says what was found, `why` why
    it matters, `remedy` what to do about it; each is one or two sentences.
    """

    level: Level
    name: str
    what: str
    why: str
    remedy: str

    def lines(self) -> list[str]:
        return [
            f"{self.level.upper()} {self.name}: {self.what}",
            f"  why: {self.why}",
            f"  do:  {self.remedy}",
        ]


def fault(name: str, what: str, *, why: str, remedy: str) -> Finding:
    return Finding(level=Level.FAULT, name=name, what=what, why=why, remedy=remedy)


def warning(name: str, what: str, *, why: str, remedy: str) -> Finding:
    return Finding(level=Level.WARNING, name=name, what=what, why=why, remedy=remedy)


def unknown(name: str, what: str, *, why: str, remedy: str) -> Finding:
    return Finding(level=Level.UNKNOWN, name=name, what=what, why=why, remedy=remedy)


@dataclass
class Report:
    """The findings of one examination, and in short what is fine."""

    findings: list[Finding] = field(default_factory=list)
    fine: list[str] = field(default_factory=list)

    @property
    def has_fault(self) -> bool:
        return any(each.level == Level.FAULT for each in self.findings)

    def lines(self) -> list[str]:
        """Return it as lines of text, the worst findings first."""
        by_level = [each for level in Level for each in self.findings if each.level == level]
        counts = ", ".join(
            f"{level}s: {sum(each.level == level for each in self.findings)}" for level in Level
        )
        return [
            *(line for each in by_level for line in each.lines()),
            *(f"fine: {each}" for each in self.fine),
            counts,
        ]

    def as_json(self) -> dict[str, Any]:
        return {"findings": [asdict(each) for each in self.findings], "fine": self.fine}
