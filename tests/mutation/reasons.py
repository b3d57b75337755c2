"""Why a mutant may survive: by module and mutant, in words for the page."""

from __future__ import annotations

REASONS: dict[str, dict[str, str]] = {}
