"""Packages of the library, computed: this folder is the package, so no list can be forgotten."""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = "exchange_clients"

setup(
    script_name="setup.py",  # tells the builder which module of this folder not to pack
    package_dir={ROOT: "."},
    packages=[ROOT, *(f"{ROOT}.{name}" for name in find_packages(str(Path(__file__).parent)))],
    package_data={ROOT: ["py.typed"]},
    zip_safe=False,
)
