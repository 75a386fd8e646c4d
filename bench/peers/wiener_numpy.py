"""The `wiener` method of `infadmm evaluate --task deblur` beside Wiener filters in numpy (float64), on the same pictures.

usage: wiener_numpy.py INFADMM FOLDER KERNEL.csv [COUNT]

COUNT (24) photographs, evenly spaced in the folder, are restored; as many others are used to tune the weights. numpy's
filters are conj(h) y / (|h|^2 + w g) with g = 1 except at the mean (flat) or g = |laplacian|^2. Prints mean PSNR.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

infadmm, folder, kernel_file = sys.argv[1:4]
count = int(sys.argv[4]) if len(sys.argv) > 4 else 24
files = sorted(path for path in Path(folder).iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
files = files[:: max(len(files) // (2 * count), 1)][: 2 * count]
sigma = 0.01
kernel = np.loadtxt(kernel_file, delimiter=",")
kernel /= kernel.sum()
random = np.random.default_rng(0)


def transfer(shape):
    grid = np.zeros(shape)
    grid[: kernel.shape[0], : kernel.shape[1]] = kernel
    origin = ((kernel.shape[0] - 1) // 2, (kernel.shape[1] - 1) // 2)
    return np.fft.rfft2(np.roll(grid, (-origin[0], -origin[1]), (0, 1)))


def laplacian(shape):
    rows = 2 - 2 * np.cos(2 * np.pi * np.arange(shape[0]) / shape[0])
    columns = 2 - 2 * np.cos(2 * np.pi * np.arange(shape[1] // 2 + 1) / shape[1])
    return (rows[:, None] + columns) ** 2


def flat(shape):
    power = np.ones((shape[0], shape[1] // 2 + 1))
    power[0, 0] = 0
    return power


def measure(image):
    x = np.asarray(image, float).transpose(2, 0, 1) / 255
    h = transfer(x.shape[1:])
    y = np.fft.irfft2(np.fft.rfft2(x) * h, x.shape[1:]) + sigma * random.standard_normal(x.shape)
    return x, h, np.fft.rfft2(y)


def score(pictures, spectrum, weight):
    values = []
    for x, h, y in pictures:
        gain = np.conj(h) / (np.abs(h) ** 2 + weight * spectrum(x.shape[1:]))
        restored = np.fft.irfft2(gain * y, x.shape[1:])
        values.append(10 * np.log10(1 / np.mean((restored - x) ** 2)))
    return np.mean(values)


with tempfile.TemporaryDirectory() as scratch:
    parts = {"test": [], "train": []}
    for number, file in enumerate(files):
        part = "test" if number % 2 == 0 else "train"
        image = Image.open(file).convert("RGB")
        target = Path(scratch) / part / f"{number:03}.png"
        target.parent.mkdir(exist_ok=True)
        image.save(target)
        parts[part].append(measure(image))
    for name, spectrum in (("numpy, flat", flat), ("numpy, laplacian", laplacian)):
        weights = [0.001 * 2 ** (k / 2) for k in range(14)]
        best = max(weights, key=lambda weight: score(parts["train"][:12], spectrum, weight))
        print(f"{name:18} {score(parts['test'], spectrum, best):.2f} dB, weight {best:.4f}")
    report = Path(scratch) / "report.json"
    subprocess.run(
        [infadmm, "evaluate", "--task", "deblur", "--kernel", kernel_file, "--noise", str(sigma), "--data", scratch,
         "--methods", "wiener", "--device", "cpu", "--json", str(report), "--quiet"],
        check=True, stdout=subprocess.DEVNULL)
    row = json.loads(report.read_text())["methods"][0]
    print(f"{'infadmm wiener':18} {row['psnr_rgb']:.2f} dB, power {row['parameters']['power']:.2f}, weight {row['parameters']['weight']:.4f}, {len(parts['test'])} photographs")
