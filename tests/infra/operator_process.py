"""Run `manage.py` again and again in one process: a command line in, what it printed out.

Each line of standard input is a JSON list of arguments, each line of standard output
a JSON list of exit code, output and errors. One process, because each start of Django
costs a second.
"""

import contextlib
import io
import json
import sys

import manage


def run(arguments: list[str]) -> tuple[int, str, str]:
    output, errors = io.StringIO(), io.StringIO()
    sys.argv = arguments
    code = 0
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            manage.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return code, output.getvalue(), errors.getvalue()


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
