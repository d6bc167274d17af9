import asyncio
import os
import subprocess

# ruleid: running
import pickle
import numpy as np
import yaml
from xml.etree import ElementTree
from defusedxml import ElementTree as Safe


def wrong(text, file):
    # ruleid: running
    eval(text)
    # ruleid: running
    exec(text)
    # ruleid: running
    pickle.loads(text)
    # ruleid: running
    yaml.load(text)
    # ruleid: running
    np.load(file, allow_pickle=True)
    # ruleid: shell
    subprocess.run(f"pandoc {file}", shell=True)
    # ruleid: shell
    os.system("pandoc")
    # ruleid: entities
    ElementTree.fromstring(text)


def right(text, file):
    # ok: running
    yaml.safe_load(text)
    # ok: running
    yaml.load(text, Loader=yaml.SafeLoader)
    # ok: running
    np.load(file, allow_pickle=False)
    # ok: running
    text.eval()
    # ok: shell
    subprocess.run(["pandoc", file], timeout=60)
    # ok: entities
    Safe.fromstring(text)
    # ok: entities
    ElementTree.Element("a")
