"""Cases from YAML: schemas, presets and errors that name file, line and column."""

from spinesim.config.case import Case, apply_overrides, load_case
from spinesim.config.errors import ConfigError, Problem
from spinesim.config.json_schema import json_schema
from spinesim.config.presets import preset

__all__ = ["Case", "ConfigError", "Problem", "apply_overrides", "json_schema", "load_case", "preset"]
