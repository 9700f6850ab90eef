"""The few statistics that are told: quantiles, medians over rounds and their spread, a line through points."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import linear_regression, mean, median


def quantile(values: Sequence[float], share: float) -> float:
    """The least value that at least this share of the values does not exceed; of none, not a number."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[max(ceil(share * len(ordered)) - 1, 0)]


@dataclass(frozen=True)
class Spread:
    """The median over rounds, and how far rounds were from it: half of highest − lowest, as a share of the median."""

    median: float
    noise: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        middle = median(values)
        return cls(middle, (max(values) - min(values)) / 2 / middle if middle else 0.0)


@dataclass(frozen=True)
class Line:
    """The straight line nearest to some points; `fit` is 1 where they lie on it (R²)."""

    slope: float
    intercept: float
    fit: float

    @classmethod
    def through(cls, xs: Sequence[float], ys: Sequence[float]) -> "Line":
        slope, intercept = linear_regression(xs, ys)
        centre = mean(ys)
        total = sum((y - centre) ** 2 for y in ys)
        missed = sum((y - slope * x - intercept) ** 2 for x, y in zip(xs, ys, strict=True))
        return cls(slope, intercept, 1 - missed / total if total else 1.0)
