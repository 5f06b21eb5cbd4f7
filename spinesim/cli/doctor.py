"""``spinesim doctor``: what is installed, what was found, whether it works."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from typing import Literal

import click

from spinesim import __version__

_REQUIRED = ("numpy", "scipy", "numba", "h5py", "click", "pydantic", "ruamel.yaml")
_OPTIONAL = ("matplotlib", "xarray", "h5netcdf", "netCDF4", "vtk", "pillow", "imageio-ffmpeg", "trame")

Finding = tuple[Literal["ok", "--", "FAULT"], str, str]


@click.command("doctor")
def command() -> None:
    """Check versions, data files, the compile cache and the processor; ends with 1 if something is missing."""
    findings = [*_versions(), *_data(), *_machine(), _compiled(), _graphics()]
    for state, name, text in findings:
        click.echo(f"{state:5}  {name:12}  {text}")
    click.echo("Solving, tables, plots, HDF5, HTML and glTF need no OpenGL.")
    raise SystemExit(int(any(state == "FAULT" for state, _, _ in findings)))


def _versions() -> Iterator[Finding]:
    from spinesim.io.provenance import installed

    yield "ok", "spinesim", __version__
    yield "ok", "python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    for package in _REQUIRED:
        version = installed(package)
        yield ("FAULT" if version == "not installed" else "ok"), package, version
    for package in _OPTIONAL:
        version = installed(package)
        yield ("--" if version == "not installed" else "ok"), package, f"{version} (optional)"


def _data() -> Iterator[Finding]:
    from spinesim.config.errors import ConfigError
    from spinesim.config.presets import names, preset
    from spinesim.model.data import data_dir

    try:
        geometry = data_dir("geometry")
        yield "ok", "geometry", f"{len(list(geometry.rglob('*.csv')))} tables in {geometry}"
        for name in names():
            preset(name)
        yield "ok", "postures", f"{len(names())} presets in {data_dir('configs')}"
    except (OSError, ConfigError) as error:
        yield "FAULT", "data files", str(error)


def _machine() -> Iterator[Finding]:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield "ok", "cores", f"{usable} usable of {os.cpu_count()}"


def _compiled() -> Finding:
    from spinesim.mechanics.jit import CACHE_DIR, CACHE_PERSISTS
    from spinesim.solver.compiled import is_cached

    if not CACHE_PERSISTS:
        return "--", "solver", "compiles at every start: no cache folder can be written; set SPINESIM_CACHE_DIR"
    return "ok", "solver", f"{'compiled' if is_cached() else 'compiles at first use'}, cache: {CACHE_DIR}"


def _graphics() -> Finding:
    """What draws pictures in 3D, if anything can."""
    from spinesim.viz.gl import NoGraphicsError, graphics

    try:
        found = graphics()
    except NoGraphicsError as error:
        return "--", "OpenGL", f"{error} (optional)"
    return "ok", "OpenGL", f"{found.renderer}{', without a graphics card' if found.software else ''}"
