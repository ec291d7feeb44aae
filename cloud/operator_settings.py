"""The site's settings with an operator's credentials, for commands that the site's may not run.

On the embedded AWS that is its root key instead of the site's key in the environment
file. In a real account it is the operator's own key or profile.
"""

import os

from cloud.emulator.emulator import ROOT_KEY

if os.environ.get("GARAGE_STAGE", "local") == "local":
    # Before the site's settings read the file, which replaces no variable.
    os.environ.update(ROOT_KEY.variables)

from garage.settings import *  # noqa: F403
