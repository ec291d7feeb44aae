"""Compile modules to unchecked bytecode: `bytecode.py ROOT [--alone] PATH…`.

Run by path in a process of its own. With `--alone` the bytecode replaces its source
and has no docstrings, which are a sixth of it. Without it, the bytecode is in
`__pycache__` beside the source.
"""

import ast
import importlib.util
import marshal
import sys
from pathlib import Path

TASK = "/var/task"
"""Where Lambda unpacks a package; tracebacks show these paths."""
UNCHECKED = 0b01
"""Flags of bytecode with its source's hash, which Python does not check."""

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, Documented) and ast.get_docstring(node, clean=False) is not None:
            docstring = node.body.pop(0)
            if not node.body and not isinstance(node, ast.Module):
                node.body.append(ast.copy_location(ast.Pass(), docstring))
    return tree


def compile_module(source: Path, root: Path, *, alone: bool) -> None:
    text = source.read_bytes()
    tree = ast.parse(text)
    code = compile(
        without_docstrings(tree) if alone else tree,
        f"{TASK}/{source.relative_to(root).as_posix()}",
        "exec",
        dont_inherit=True,
    )
    head = importlib.util.MAGIC_NUMBER + UNCHECKED.to_bytes(4, "little")
    compiled = head + importlib.util.source_hash(text) + marshal.dumps(code)
    if alone:
        source.with_suffix(".pyc").write_bytes(compiled)
        source.unlink()
    else:
        target = Path(importlib.util.cache_from_source(source))
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(compiled)


def main() -> None:
    root, *paths = (Path(argument) for argument in sys.argv[1:] if argument != "--alone")
    for path in paths:
        for source in [path] if path.suffix == ".py" else sorted(path.rglob("*.py")):
            compile_module(source, root, alone="--alone" in sys.argv)


if __name__ == "__main__":
    main()
