"""A photograph through `infadmm laplace --y`, checked against the same ADMM in NumPy double precision.

usage: photo_numpy.py measure PICTURE.bmp KERNEL.csv STRIDE SIGMA Y.npy
       photo_numpy.py check   PICTURE.bmp KERNEL.csv STRIDE SIGMA Y.npy SCALE RHO ITERATIONS DUMP_DIR

`measure` crops an uncompressed 24-bit BMP to a multiple of the stride, blurs it (periodic), decimates it and adds noise
of the given standard deviation. `check` runs ADMM with the FFT closed form and compares x and z with every
x_<solver>.npy and z_<solver>.npy of a `--dump` directory; it prints PSNR against the photograph too.
"""
import struct
import sys
from pathlib import Path

import numpy as np


def read_bmp(path):
    data = Path(path).read_bytes()
    start, width, height, bits = *struct.unpack_from("<I", data, 10), *struct.unpack_from("<ii", data, 18), data[28]
    assert bits == 24 and height > 0, "an uncompressed 24-bit BMP is needed"
    row = (3 * width + 3) // 4 * 4
    pixels = np.frombuffer(data, np.uint8, row * height, start).reshape(height, row)[::-1, : 3 * width]
    return pixels.reshape(height, width, 3)[..., ::-1].transpose(2, 0, 1) / 255.0


mode, picture, kernel_file, stride, sigma, y_file = sys.argv[1:7]
stride, sigma = int(stride), float(sigma)
h = np.loadtxt(kernel_file, delimiter=",", ndmin=2)
truth = read_bmp(picture)
H, W = (n // stride * stride for n in truth.shape[1:])
truth = truth[:, :H, :W]
kh, kw = h.shape
oh, ow = (kh - 1) // 2, (kw - 1) // 2
taps = [(i - oh, j - ow, h[i, j]) for i in range(kh) for j in range(kw) if h[i, j] != 0]
A = lambda x: sum(v * np.roll(x, (i, j), (-2, -1)) for i, j, v in taps)[..., ::stride, ::stride]

if mode == "measure":
    noise = np.random.default_rng(0).standard_normal((3, H // stride, W // stride))
    np.save(y_file, (A(truth) + sigma * noise).astype(np.float32))
    sys.exit()

scale, rho, iterations, dump = float(sys.argv[7]), float(sys.argv[8]), int(sys.argv[9]), Path(sys.argv[10])
y = np.load(y_file).astype(float)
rolled = np.zeros((H, W))
rolled[:kh, :kw] = h
f = np.fft.fft2(np.roll(rolled, (-oh, -ow), (0, 1)))
fold = lambda a: a.reshape(*a.shape[:-2], stride, H // stride, stride, W // stride).sum((-4, -2)) / stride ** 2
gamma, y_hat, tau = fold(np.abs(f) ** 2), np.fft.fft2(y), sigma ** 2 / (rho * scale)
z = w = np.zeros_like(truth)
for _ in range(iterations):
    v = z - w
    x = np.sign(v) * np.maximum(np.abs(v) - tau, 0)
    q = np.fft.fft2(x + w)
    z = np.fft.ifft2(q + np.conj(f) * np.tile((y_hat - fold(f * q)) / (gamma + rho), (1, stride, stride))).real
    w = w + x - z

psnr = lambda a: 10 * np.log10(1 / ((np.clip(a, 0, 1) - truth) ** 2).mean())
norm = np.linalg.norm
print(f"NumPy: PSNR of x {psnr(x):.2f} dB, of z {psnr(z):.2f} dB")
for file in sorted(dump.glob("x_*.npy")):
    ours_x, ours_z = np.load(file), np.load(file.with_name("z" + file.name[1:]))
    print(f"{file.stem[2:]}: x differs by {norm(ours_x - x) / norm(x):.1e}, z by {norm(ours_z - z) / norm(z):.1e}, "
          f"PSNR of x {psnr(ours_x):.2f} dB")
