#!/usr/bin/env python3
"""Writes reference.json: what scipy, statsmodels and choix say about the numbers that src/compare/stats computes.

    pip install numpy scipy statsmodels choix
    python reference.py > reference.json
"""

import json
import sys

import choix
import numpy as np
import scipy
import statsmodels
import statsmodels.api as sm
from scipy import optimize, special, stats
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.power import normal_sample_size_one_tail
from statsmodels.stats.proportion import proportion_confint


def wilson():
    rows = []
    for n in (1, 2, 5, 10, 20, 24, 50, 60, 96, 100, 120, 500, 5000):
        for rate in (0.0, 0.1, 0.35, 0.5, 0.6, 0.75, 1.0):
            wins = round(rate * n)
            low, high = proportion_confint(wins, n, 0.05, method="wilson")
            rows.append({"wins": wins, "n": n, "low": low, "high": high})
    return rows


def planned():
    rows = []
    for rate in (0.05, 0.3, 0.45, 0.52, 0.55, 0.6, 0.65, 0.7, 0.75, 0.9):
        for ties in (0.0, 0.1, 0.3):
            variance = rate * (1 - rate) - ties / 4
            if variance <= 0 or abs(rate - 0.5) * 2 > 1 - ties:
                continue
            votes = normal_sample_size_one_tail(
                abs(rate - 0.5), 0.8, 0.025, std_null=np.sqrt((1 - ties) / 4), std_alternative=np.sqrt(variance)
            )
            rows.append({"rate": rate, "ties": ties, "votes": int(np.ceil(votes))})
    return rows


def log_evidence(wins, losses, rate):
    seen = special.betaln(2 + wins, 2 + losses) - special.betaln(2, 2)
    return seen - special.xlogy(wins, rate) - special.xlogy(losses, 1 - rate)


def sequence():
    rows = []
    for wins, losses in ((0, 1), (3, 1), (11, 0), (18, 2), (30, 30), (61.5, 38.5), (130, 90), (4, 90), (900, 1100)):
        for alpha in (0.05, 0.025, 0.05 / 12):
            def off(rate):
                return log_evidence(wins, losses, rate) + np.log(alpha)

            seen, edge = wins / (wins + losses), 1e-300
            low = optimize.brentq(off, edge, seen, xtol=1e-14) if wins > 0 and off(edge) > 0 else 0.0
            high = optimize.brentq(off, seen, 1 - 1e-16, xtol=1e-14) if losses > 0 and off(1 - 1e-16) > 0 else 1.0
            if wins == 0:
                high = optimize.brentq(off, 1e-9, 1 - 1e-12, xtol=1e-14) if off(1 - 1e-12) > 0 else 1.0
            if losses == 0:
                low = optimize.brentq(off, 1e-12, 1 - 1e-9, xtol=1e-14) if off(1e-12) > 0 else 0.0
            evidence = log_evidence(wins, losses, 0.5)
            rows.append({"wins": wins, "losses": losses, "alpha": alpha, "evidence": evidence, "low": low, "high": high})
    return rows


def student():
    return [{"df": df, "t": stats.t.ppf(0.975, df)} for df in (1, 2, 3, 5, 11, 23, 59, 119, 1000)]


def clusters(rng):
    """Prompts with an effect of their own, each voted on several times; one set with unequal numbers."""
    rows = []
    for sizes in ([4] * 24, [1, 2, 3, 4, 5, 6] * 4, [2] * 60):
        scores = []
        for size in sizes:
            rate = rng.beta(1.2, 0.8)
            scores.append([float(x) for x in rng.choice([0.0, 0.5, 1.0], size, p=[(1 - rate) * 0.9, 0.1, rate * 0.9])])
        votes = np.concatenate(scores)
        groups = np.repeat(np.arange(len(sizes)), sizes)
        fit = sm.OLS(votes, np.ones_like(votes)).fit(
            cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
        )
        effect = max(1.0, float(fit.bse[0] ** 2 / (np.sum((votes - votes.mean()) ** 2) / len(votes) ** 2)))
        effective = len(votes) / effect * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, len(sizes) - 1)) ** 2
        totals = np.array([sum(s) for s in scores])
        counts = np.array(sizes, float)

        def ratio(total, count, axis=-1):
            return total.sum(axis=axis) / count.sum(axis=axis)

        boot = stats.bootstrap(
            (totals, counts), ratio, paired=True, vectorized=True, n_resamples=40_000, method="percentile", rng=rng
        ).confidence_interval
        rows.append({
            "scores": scores, "rate": votes.mean(), "effective": effective,
            "bootstrap": {"low": boot.low, "high": boot.high},
        })
    return rows


def kappas(rng):
    rows = []
    tables = [[[20, 5, 1, 0], [10, 15, 2, 1], [3, 2, 6, 1], [0, 1, 1, 4]], [[7, 3, 0, 0], [2, 8, 0, 0], [0] * 4, [0] * 4]]
    tables += [rng.integers(0, 12, (4, 4)).tolist() for _ in range(4)]
    for table in tables:
        used = [i for i in range(4) if sum(table[i]) or sum(row[i] for row in table)]
        result = cohens_kappa(np.array(table)[np.ix_(used, used)])
        rows.append({"table": table, "kappa": result.kappa, "low": result.kappa_low, "high": result.kappa_upp})
    return rows


def bradley_terry(rng):
    rows = []
    for strengths, prompts, rounds in (([0.8, 0.0, -0.8], 30, 1), ([1.0, 0.4, 0.0, -0.3, -1.1], 24, 2)):
        lanes, bouts = len(strengths), []
        for prompt in range(prompts):
            lean = rng.normal(0, 0.7, lanes)
            for _ in range(rounds):
                for i in range(lanes):
                    for j in range(i + 1, lanes):
                        chance = special.expit(strengths[i] + lean[i] - strengths[j] - lean[j])
                        score = 0.5 if rng.random() < 0.15 else float(rng.random() < chance)
                        bouts.append({"lanes": [i, j], "prompt": f"{prompt:03}", "score": score})
        # choix has no ties: each bout counts as two, and so does the penalty.
        data = [(i, j) if won else (j, i) for b in bouts for i, j in [b["lanes"]] for won in (b["score"] > 0, b["score"] > 0.5)]
        fitted = {str(p): choix.opt_pairwise(lanes, data, alpha=2 * p, tol=1e-12) for p in (0.0, 0.01, 1.0)}
        design = np.zeros((len(bouts), lanes))
        for row, bout in enumerate(bouts):
            design[row, bout["lanes"][0]], design[row, bout["lanes"][1]] = 1, -1
        # Sum to zero: the last lane is minus all others.
        contrast = design[:, :-1] - design[:, -1:]
        score = np.array([b["score"] for b in bouts])
        model = sm.GLM(score, contrast, family=sm.families.Binomial())
        back = np.vstack([np.eye(lanes - 1), -np.ones(lanes - 1)])
        groups = np.array([b["prompt"] for b in bouts])
        clustered = {"cov_type": "cluster", "cov_kwds": {"groups": groups, "use_correction": False}}
        few = prompts / (prompts - 1)
        plain = np.sqrt(np.diag(back @ model.fit(tol=1e-12).cov_params() @ back.T))
        robust = np.sqrt(few * np.diag(back @ model.fit(tol=1e-12, **clustered).cov_params() @ back.T))
        rows.append({
            "bouts": bouts, "lanes": lanes, "strengths": {k: (v - v.mean()).tolist() for k, v in fitted.items()},
            "errors": {"plain": plain.tolist(), "clustered": robust.tolist()},
        })
    return rows


def spread(rng):
    rows = []
    for n in (1, 2, 3, 10, 37):
        numbers = rng.gamma(2, 5, n).tolist()
        rows.append({"numbers": numbers, "median": np.median(numbers), "p90": np.percentile(numbers, 90)})
    return rows


rng = np.random.default_rng(20260923)
json.dump({
    "made_with": {"numpy": np.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "choix": "0.4.1"},
    "wilson": wilson(), "planned": planned(), "sequence": sequence(), "student": student(), "clusters": clusters(rng),
    "kappa": kappas(rng), "bradley_terry": bradley_terry(rng), "spread": spread(rng),
}, sys.stdout, indent=None, separators=(",", ":"))
