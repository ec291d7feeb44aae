"""`manage.py deliver_messages --every=1` with a clock that is MINUTES ahead.

So what is decided now is due at once: `python -m tests.fire.kills.late_delivery MINUTES`.
"""

import sys
from datetime import timedelta

import django
from django.core.management import call_command

if __name__ == "__main__":
    django.setup()
    from core import clock

    with clock.freeze(clock.now() + timedelta(minutes=float(sys.argv[1]))):
        call_command("deliver_messages", every=1, json=True)
