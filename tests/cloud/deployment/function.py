"""A function as Lambda runs it, in its own process: the unpacked package and nothing else.

Run by path under `python -S -I -B`: without the tests' packages, without the
working folder, without writing bytecode. It reads events from standard input,
one JSON a line, and writes each answer as a line to the file named last.
"""

import json
import sys
import time


class Context:
    """The context that Lambda passes with an invocation."""

    function_name = "garage-test"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


def main() -> None:
    package, answers = sys.argv[1:]
    sys.path.insert(0, package)
    began, seconds = time.perf_counter(), 0.0
    # The handler's name, as AWS has it.
    from garage.lambda_entry import handler

    with open(answers, "w", buffering=1) as lines:  # noqa: PTH123 - nothing more than Lambda's own
        for line in sys.stdin:
            answer = handler(json.loads(line), Context())
            lines.write(json.dumps(answer) + "\n")
            seconds = seconds or time.perf_counter() - began
    loaded = sorted({name.split(".")[0] for name in sys.modules})
    sys.stdout.write(json.dumps({"loaded": loaded, "seconds": seconds}) + "\n")


if __name__ == "__main__":
    main()
