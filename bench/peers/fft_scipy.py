"""The real 2-D transforms of SciPy (pocketfft), float32, for comparison with the project's.

usage: fft_scipy.py FOLDER SIZE WORKERS

FOLDER holds an image x, our half spectrum of it and our inverse of that, as raw float32 (*.f32). Prints JSON: the best
times of the forward and the inverse transform in seconds, and the largest relative difference of the two results.
"""
import json
import sys
import time
from pathlib import Path

import numpy as np
from scipy import fft

folder, size, workers = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
read = lambda name: np.fromfile(folder / f"{name}.f32", np.float32).reshape(size, -1)
x, spectrum, inverse = read("x"), read("spectrum").view(np.complex64), read("inverse")

forward = lambda: fft.rfft2(x, workers=workers)
backward = lambda: fft.irfft2(spectrum, s=(size, size), workers=workers)
distance = lambda a, b: float(np.linalg.norm(a - b) / np.linalg.norm(b))
assert forward().dtype == np.complex64 and backward().dtype == np.float32
difference = max(distance(spectrum, forward()), distance(inverse, backward()))
assert difference < 1e-5, f"the transforms differ by {difference}"


def best(function):
    shortest, end = float("inf"), time.perf_counter() + 0.3
    while time.perf_counter() < end:
        start = time.perf_counter()
        function()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest


times = {"forward_seconds": best(forward), "inverse_seconds": best(backward)}
print(json.dumps({**times, "relative_difference": difference}))
