"""The program starts without what only a few acts need: every command, worker and restarted process waits for it."""

import subprocess
import sys

import pytest

HEAVY = ("sklearn", "scipy", "fontTools")


@pytest.fixture(scope="module")
def loaded():
    """The modules in memory once the program stands and its addresses are known."""
    script = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'cityhall.project.settings'\n"
        "import django; django.setup()\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        "print('\\n'.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("name", HEAVY)
def test_does_not_load(loaded, name):
    assert sorted(module for module in loaded if module == name or module.startswith(f"{name}."))[:3] == []
