"""The fft z-update of MATH.md's closed form in SciPy, float32, for comparison with the project's.

usage: zupdate_scipy.py FOLDER SIZE STRIDE KERNEL RHO WORKERS

FOLDER holds q, y, kernel and the z to compare with, as raw float32 (*.f32). Prints JSON: the best times of an
update and of its two transforms alone in seconds, and the relative difference of the two z.
"""
import json
import sys
import time
from pathlib import Path

import numpy as np
from scipy import fft

folder = Path(sys.argv[1])
size, stride, k = map(int, sys.argv[2:5])
rho, workers = float(sys.argv[5]), int(sys.argv[6])
m = size // stride
read = lambda name, shape: np.fromfile(folder / f"{name}.f32", np.float32).reshape(shape)
q, y, z, kernel = read("q", (size, size)), read("y", (m, m)), read("z", (size, size)), read("kernel", (k, k))

rolled = np.zeros((size, size))
rolled[:k, :k] = kernel
rolled = np.roll(rolled, (-((k - 1) // 2),) * 2, (0, 1))
full = np.fft.fft2(rolled)
columns, low = size // 2 + 1, m // 2 + 1
transfer = full[:, :columns].astype(np.complex64)
gain = (1 / ((np.abs(full) ** 2).reshape(stride, m, stride, m).sum((0, 2)) / stride ** 2 + rho))[:, :low]
gain = gain.astype(np.float32)
y_spectrum = fft.rfft2(y, workers=workers)

# The half spectrum of the low-resolution residual needs columns K = k + b·m for all b; those beyond size/2 come from
# the mirrored column of the mirrored row. Likewise for spreading the correction. Indices are made once.
rows = np.arange(size)
place = (np.arange(low)[:, None] + m * np.arange(stride)).ravel()
mirrored = place > size // 2
source = np.where(mirrored, size - place, place) % size
back = np.arange(columns) % m
flip = back > m // 2
back = np.where(flip, m - back, back)
mirror_rows = (-np.arange(m)) % m


def update():
    spectrum = fft.rfft2(q, workers=workers)
    product = transfer * spectrum
    gathered = product[:, source]
    gathered[:, mirrored] = np.conj(product[(-rows) % size][:, source[mirrored]])
    folded = gathered.reshape(stride, m, low, stride).sum((0, 3)) / np.float32(stride ** 2)
    w = gain * (y_spectrum - folded)
    spread = w[:, back]
    spread[:, flip] = np.conj(w[mirror_rows][:, back[flip]])
    spectrum += np.conj(transfer) * np.tile(spread, (stride, 1))
    return fft.irfft2(spectrum, s=(size, size), workers=workers)


difference = float(np.linalg.norm(update() - z) / np.linalg.norm(z))
assert difference < 1e-5, f"the two z differ by {difference}"


def best(function):
    shortest = float("inf")
    for _ in range(40):
        start = time.perf_counter()
        function()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest


transforms = lambda: fft.irfft2(fft.rfft2(q, workers=workers), s=(size, size), workers=workers)
print(json.dumps({"seconds": best(update), "transform_seconds": best(transforms), "relative_difference": difference}))
