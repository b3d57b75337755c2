"""What may stand where a number or a word belongs: JSON of any shape, and texts nearly right."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)
ODD_NUMBERS: st.SearchStrategy[Any] = st.sampled_from(
    ["", "-1", "0", "1e400", "NaN", "9" * 5000, "0x", "\u0663", "1.0000000000001", -1, 10**30]
)
"""The eighth is a digit, though not one of ours."""
