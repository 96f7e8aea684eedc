"""Sentence vectors of all-MiniLM-L6-v2 with NumPy alone, for fitting the token table (tools/token_table.py)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

LAYERS: Final = 6
HEADS: Final = 12
WIDTH: Final = 384
BEGIN: Final = 101  # [CLS]
END: Final = 102  # [SEP]
MOST_PIECES: Final = 40
BATCH: Final = 512  # pieces; larger batches only wait for memory
TYPES: Final = {"F32": np.float32, "I64": np.int64}


class SentenceModel:
    """The model in a folder with `model.safetensors`, whose licence is Apache-2.0."""

    def __init__(self, folder: Path) -> None:
        raw = (folder / "model.safetensors").read_bytes()
        length = int.from_bytes(raw[:8], "little")
        head, body = json.loads(raw[8 : 8 + length]), memoryview(raw)[8 + length :]
        self._weights = {
            name: np.frombuffer(body[slice(*facts["data_offsets"])], dtype=TYPES[facts["dtype"]]).reshape(facts["shape"])
            for name, facts in head.items()
            if name != "__metadata__"
        }

    def encode(self, texts: Sequence[Sequence[int]]) -> np.ndarray:
        """The unit vectors of texts that are given as numbers of pieces."""
        found = np.zeros((len(texts), WIDTH), np.float32)
        cut = [(BEGIN, *text[:MOST_PIECES], END) for text in texts]
        for length in sorted({len(text) for text in cut}):
            rows = [row for row, text in enumerate(cut) if len(text) == length]
            size = max(1, BATCH // length)
            for start in range(0, len(rows), size):
                part = rows[start : start + size]
                found[part] = self._forward(np.array([cut[row] for row in part]))
        return found

    def _forward(self, pieces: np.ndarray) -> np.ndarray:
        """The vectors of texts of one length: the mean of the last layer, at length 1."""
        words, places = self._weights["embeddings.word_embeddings.weight"], self._weights["embeddings.position_embeddings.weight"]
        kinds = self._weights["embeddings.token_type_embeddings.weight"]
        state = self._normalize(words[pieces] + places[: pieces.shape[1]] + kinds[0], "embeddings.LayerNorm")
        for layer in range(LAYERS):
            state = self._layer(state, f"encoder.layer.{layer}.")
        mean = state.mean(1)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    def _layer(self, state: np.ndarray, name: str) -> np.ndarray:
        seen = self._linear(self._attend(state, f"{name}attention.self."), f"{name}attention.output.dense")
        state = self._normalize(state + seen, f"{name}attention.output.LayerNorm")
        inner = _gelu(self._linear(state, f"{name}intermediate.dense"))
        return self._normalize(state + self._linear(inner, f"{name}output.dense"), f"{name}output.LayerNorm")

    def _attend(self, state: np.ndarray, name: str) -> np.ndarray:
        count, length, _ = state.shape
        query, key, value = (
            self._linear(state, name + part).reshape(count, length, HEADS, -1).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        weights = query @ key.transpose(0, 1, 3, 2) / np.sqrt(np.float32(WIDTH // HEADS))
        weights = np.exp(weights - weights.max(-1, keepdims=True))
        return ((weights / weights.sum(-1, keepdims=True)) @ value).transpose(0, 2, 1, 3).reshape(count, length, WIDTH)

    def _linear(self, state: np.ndarray, name: str) -> np.ndarray:
        return state @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _normalize(self, state: np.ndarray, name: str) -> np.ndarray:
        centred = state - state.mean(-1, keepdims=True)
        scale = np.sqrt((centred * centred).mean(-1, keepdims=True) + 1e-12)
        return centred / scale * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


def _gelu(state: np.ndarray) -> np.ndarray:
    """The activation of the model; the error function after Abramowitz and Stegun, 7.1.26, within 1.5e-7."""
    size = np.abs(state) * np.float32(1 / np.sqrt(2))
    part = 1 / (1 + np.float32(0.3275911) * size)
    series = np.zeros_like(part)
    for factor in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = part * (series + np.float32(factor))
    return state * np.float32(0.5) * (1 + np.copysign(1 - series * np.exp(-size * size), state))
