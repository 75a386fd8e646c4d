"""Makes pairs for `infadmm learn-operator` with NumPy alone, and checks what it learns.

Usage: pairs_numpy.py INFADMM PHOTOS [PAIRS]

For a 4x4 random kernel at stride 1, a 9x9 motion blur and a 9x9 Gaussian at stride 4 (periodic boundary), 16 photographs
(largest 512x512 crop) are blurred in float64 with additive Gaussian noise of 0.01; the relative error of the learned
kernel is printed, without and with the constraints that hold for it.
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image


def blur(x, h, stride):
    """A true convolution, origin ((k-1)//2, (k-1)//2), periodic, then every stride-th pixel."""
    y = np.zeros_like(x)
    o = (h.shape[0] - 1) // 2, (h.shape[1] - 1) // 2
    for a in range(h.shape[0]):
        for b in range(h.shape[1]):
            y += h[a, b] * np.roll(x, (a - o[0], b - o[1]), (-2, -1))
    return y[..., ::stride, ::stride]


def motion(length, degrees, size):
    h = np.zeros((size, size))
    c = (size - 1) / 2
    for t in np.linspace(-(length - 1) / 2, (length - 1) / 2, 1001):
        x, y = c + t * np.cos(np.radians(degrees)), c + t * np.sin(np.radians(degrees))
        j, i = int(np.floor(x)), int(np.floor(y))
        for di in (0, 1):
            for dj in (0, 1):
                if 0 <= i + di < size and 0 <= j + dj < size:
                    h[i + di, j + dj] += (1 - abs(y - i - di)) * (1 - abs(x - j - dj))
    return h / h.sum()


def gaussian(size, width):
    g = np.exp(-((np.arange(size) - (size - 1) / 2) ** 2) / (2 * width**2))
    h = np.outer(g, g)
    return h / h.sum()


def main():
    infadmm, photos = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 16
    rng = np.random.default_rng(0)
    names = sorted(
        os.path.join(folder, name) for folder, _, files in os.walk(photos) for name in files
        if name.lower().endswith((".jpg", ".jpeg", ".png")))
    names = names[:: max(len(names) // count, 1)][:count]
    random = rng.random((4, 4))
    cases = [("4x4 random", random / random.sum(), 1), ("9x9 motion", motion(9, 30, 9), 1),
             ("9x9 gaussian, stride 4", gaussian(9, 1.5), 4)]
    for title, h, stride in cases:
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as out:
            for kind in ("images", "measurements"):
                os.mkdir(os.path.join(folder, kind))
            for i, name in enumerate(names):
                x = np.asarray(Image.open(name).convert("RGB"), np.float64).transpose(2, 0, 1)[:, :512, :512] / 255
                x = x[:, : x.shape[1] // stride * stride, : x.shape[2] // stride * stride]
                y = blur(x, h, stride)
                y += 0.01 * rng.standard_normal(y.shape)
                np.save(os.path.join(folder, "images", f"{i}.npy"), x.astype(np.float32))
                np.save(os.path.join(folder, "measurements", f"{i}.npy"), y.astype(np.float32))
            for options in ([], ["--sum-one"], ["--sum-one", "--non-negative"]):
                report = subprocess.run(
                    [infadmm, "learn-operator", "--pairs", folder, "--size", str(h.shape[0]), "--stride", str(stride),
                     "--out", out, "--json", "-", *options],
                    check=True, stdout=subprocess.PIPE, stderr=sys.stderr).stdout
                learned = np.array(json.loads(report)["kernel"])
                error = np.linalg.norm(learned - h) / np.linalg.norm(h)
                print(f"{title:24} {len(names)} pairs {' '.join(options):25} relative error {error:.2e}, "
                      f"residual {json.loads(report)['residual']:.5f}", flush=True)


main()
