"""Kills: the site, the delivery and the embedded AWS."""

import pytest

pytest.register_assert_rewrite("tests.fire.kills.journey", "tests.fire.kills.mails")
