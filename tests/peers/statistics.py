"""Holds the program's statistics against SciPy, statsmodels and a plain NumPy of their formulas.

Argument: a file of series with what the program said of them. Prints one line when all is the same.
"""

import json
import math
import sys
import warnings

import numpy as np
from scipy import stats
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.seasonal import STL

warnings.simplefilter("ignore")


def same(what, found, expected, tolerance=1e-9):
    scale = max(1.0, abs(expected)) if np.isfinite(expected) else 1.0
    if not abs(found - expected) <= tolerance * scale:
        sys.exit(f"{what}: {found} is not {expected}")


def score_variance(x):
    def term(t):
        return t * (t - 1) * (2 * t + 5)

    counts = np.unique(x, return_counts=True)[1]
    return (term(len(x)) - sum(term(t) for t in counts)) / 18


def hamed_rao(t, x, slope):
    """The factor of Hamed and Rao with autocorrelations phi ** k of the ranks without the line."""
    n = len(x)
    rests = x - slope * t
    # What lies nearer than a billionth of the range is tied.
    steps = np.round((rests - rests.min()) / (1e-9 * max(np.ptp(rests), 1e-300)))
    ranks = stats.rankdata(steps) - (n + 1) / 2
    if n <= 5 or not ranks.any():
        return 1.0
    sampled = np.dot(ranks[:-1], ranks[1:]) / np.dot(ranks, ranks)
    phi = min(max((n * sampled + 2) / (n - 4), 0.0), 0.98)
    k = np.arange(1, n - 2)
    weights = (n - k) * (n - k - 1.0) * (n - k - 2.0)
    return 1 + 2 / (n * (n - 1) * (n - 2)) * np.sum(weights * phi**k)


def check_tests(case):
    name = case["name"]
    t = np.array([i for i, v in enumerate(case["values"]) if v is not None], dtype=float)
    x = np.array([v for v in case["values"] if v is not None])
    slope, intercept, low, high = stats.theilslopes(x, t, 0.95, method="joint")
    for what, expected in [("slope", slope), ("intercept", intercept), ("low", low), ("high", high)]:
        same(f"{name} {what}", case[what], expected)
    same(f"{name} mad", case["mad"], stats.median_abs_deviation(x))
    score = float(np.sum(np.sign(np.subtract.outer(x, x))[np.tril_indices(len(x), -1)]))
    same(f"{name} statistic", case["statistic"], score)
    variance = score_variance(x)
    if variance == 0:
        same(f"{name} p", case["p"], 1.0)
        same(f"{name} modified p", case["modified_p"], 1.0)
        return
    same(f"{name} tau", case["tau"], stats.kendalltau(t, x).statistic)
    z = np.sign(score) * max(abs(score) - 1, 0) / math.sqrt(variance)
    same(f"{name} z", case["z"], z)
    same(f"{name} p", case["p"], min(1.0, 2 * stats.norm.sf(abs(z))))
    factor = hamed_rao(t, x, slope)
    same(f"{name} modified z", case["modified_z"], z / math.sqrt(factor), 1e-4)
    tail = 2 * stats.t.sf(abs(z) / math.sqrt(factor), max(len(x) / factor - 2, 1))
    same(f"{name} modified p", case["modified_p"], min(1.0, tail), 1e-4)


def odd(number):
    return number + 1 - number % 2


def check_season(case):
    name, period = case["name"], case["period"]
    x = np.array(case["values"])
    n = len(x)
    seasonal = odd(10 * n + 1)
    trend = odd(math.ceil(1.5 * period / (1 - 1.5 / seasonal)))
    settings = dict(period=period, seasonal=seasonal, trend=trend, low_pass=odd(period + 1))
    jumps = dict(
        seasonal_jump=math.ceil(seasonal / 10),
        trend_jump=math.ceil(trend / 10),
        low_pass_jump=math.ceil(odd(period + 1) / 10),
    )
    parts = STL(x, seasonal_deg=0, robust=True, **settings, **jumps).fit(inner_iter=1, outer_iter=6)
    pattern = np.array([parts.seasonal[phase::period].mean() for phase in range(period)])
    pattern -= pattern.mean()
    for phase in range(period):
        same(f"{name} phase {phase}", case["pattern"][phase], pattern[phase], 1e-6)
    detrended = x - parts.trend
    rest = detrended - pattern[np.arange(n) % period]
    same(f"{name} strength", case["strength"], max(0.0, 1 - rest.var() / detrended.var()), 1e-6)

    # The same model, its parameters and first state found by statsmodels.
    model = case["model"].removeprefix("STL + ")
    kinds = {"ETS(A,N,N)": (None, False), "ETS(A,A,N)": ("add", False), "ETS(A,Ad,N)": ("add", True)}
    slope, damped = kinds[model]
    rest = x - pattern[np.arange(n) % period]
    fitted = ETSModel(rest, error="add", trend=slope, damped_trend=damped).fit(disp=False)
    expected = fitted.forecast(len(case["forecast"])) + pattern[np.arange(n, n + 2 * period) % period]
    for step, (found, theirs) in enumerate(zip(case["forecast"], expected)):
        same(f"{name} {model} step {step}", found, theirs, 0.01)


with open(sys.argv[1]) as file:
    cases = json.load(file)
for case in cases["tests"]:
    check_tests(case)
for case in cases["seasonal"]:
    check_season(case)
adjusted = stats.false_discovery_control(cases["p_values"])
for found, expected in zip(cases["adjusted"], adjusted):
    same("adjusted", found, expected)
counts = len(cases["tests"]), len(cases["seasonal"]), len(adjusted)
print("{} series, {} seasons, {} p-values: the same".format(*counts))
