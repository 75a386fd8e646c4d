"""The set-up of `cholesky` beside LAPACK's factor (SciPy, float64), for the same number of unknowns, in turns.

usage: cholesky_scipy.py INFADMM [SIZE] [TURNS]

SIZE (256) is the side of the image; with stride 4 there are (SIZE / 4)^2 measurements. Prints medians in seconds:
`infadmm explain` states the whole set-up (assembly, factor, conversion), SciPy the factor alone.
"""
import json
import statistics
import subprocess
import sys
import time

import numpy as np
from scipy.linalg import cho_factor

infadmm = sys.argv[1]
side = int(sys.argv[2]) if len(sys.argv) > 2 else 256
turns = int(sys.argv[3]) if len(sys.argv) > 3 else 5
unknowns = (side // 4) ** 2
random = np.random.default_rng(0)
root = random.standard_normal((unknowns, 64))
matrix = root @ root.T + unknowns * np.eye(unknowns)
ours, theirs = [], []
for _ in range(turns):
    started = time.perf_counter()
    cho_factor(matrix, lower=True, check_finite=False)
    theirs.append(time.perf_counter() - started)
    report = subprocess.run(
        [infadmm, "explain", "--kernel", "gaussian:9:1.5", "--stride", "4", "--rho", "0.01", "--size", str(side),
         "--device", "cpu", "--json", "-", "--quiet"],
        check=True, capture_output=True, text=True).stdout
    solvers = json.loads(report)["solvers"]
    ours.append(next(solver["setup_seconds"] for solver in solvers if solver["name"] == "cholesky"))
rate = unknowns**3 / 3 / 1e9
print(f"{unknowns} unknowns, medians of {turns} turns")
print(f"infadmm cholesky, set-up   {statistics.median(ours):.3f} s")
print(f"LAPACK factor by SciPy     {statistics.median(theirs):.3f} s ({rate / statistics.median(theirs):.0f} GFLOP/s)")
