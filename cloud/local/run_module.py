"""Run a Python module that ends with its parent: `-m cloud.local.run_module MODULE ARG…`.

The parent holds the other end of this process's standard input. When the parent
ends, for any reason, the pipe closes, and this process gets SIGTERM.
"""

import os
import runpy
import signal
import sys
import threading
import time

KILL_AFTER = 10.0  # seconds between SIGTERM and the forced end


def follow_parent() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(KILL_AFTER)
    os._exit(1)


def main() -> None:
    threading.Thread(target=follow_parent, daemon=True).start()
    module, *sys.argv[1:] = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
