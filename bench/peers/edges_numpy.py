"""The edges of pictures that were blurred with their surroundings and cut, deblurred by `infadmm restore`.

usage: edges_numpy.py INFADMM KERNEL.csv FOLDER [COUNT [OPTION…]]

INFADMM is the program, or infadmm.dll. The first COUNT pictures of FOLDER (default 14, evenly spaced) are blurred where
the kernel lies inside, noise with σ = 0.01 is added, and 40 pixels are cut from each side. Prints the mean PSNR of the
outer 12 pixels and of the interior after `restore --task deblur` with the options, and that of the same pixels if the
uncut pictures are restored: what the cut costs, whatever lies at the edges.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.signal import fftconvolve

INSET, OUTER, SIGMA = 40, 12, 0.01
program, kernel_file, folder = sys.argv[1:4]
count = int(sys.argv[4]) if len(sys.argv) > 4 else 14
program = ["dotnet", program] if program.endswith(".dll") else [program]
kernel = np.loadtxt(kernel_file, delimiter=",", ndmin=2)
files = sorted(f for f in Path(folder).iterdir() if f.suffix.lower() in (".jpg", ".png", ".bmp"))
files = files[:: max(len(files) // count, 1)][:count]
random = np.random.default_rng(0)


def write(path, image):
    values = np.clip(np.round(image * 65535), 0, 65535).astype(">u2")
    path.write_bytes(b"P6\n%d %d\n65535\n" % image.shape[1::-1] + values.tobytes())


def restore(pictures, out):
    subprocess.run([*program, "restore", *map(str, pictures), "--task", "deblur", "--kernel", kernel_file, "--out",
                    str(out), "--quiet", *sys.argv[5:]], check=True, stdout=subprocess.DEVNULL)
    return [np.asarray(Image.open(out / f"{p.stem}.png").convert("RGB")) / 255.0 for p in pictures]


psnr = lambda a, b, mask: -10 * np.log10(((a - b)[mask] ** 2).mean())
with tempfile.TemporaryDirectory() as scratch:
    scratch = Path(scratch)
    (scratch / "whole").mkdir()
    (scratch / "cut").mkdir()
    whole, cut, truths = [], [], []
    top, left = (kernel.shape[0] - 1) // 2, (kernel.shape[1] - 1) // 2
    for i, file in enumerate(files):
        picture = np.asarray(Image.open(file).convert("RGB")) / 255.0
        blurred = np.stack([fftconvolve(picture[..., c], kernel, "valid") for c in range(3)], -1)
        blurred += SIGMA * random.standard_normal(blurred.shape)
        whole.append(scratch / "whole" / f"{i:03}.ppm")
        cut.append(scratch / "cut" / f"{i:03}.ppm")
        write(whole[-1], blurred)
        write(cut[-1], blurred[INSET:-INSET, INSET:-INSET])
        h, w = blurred.shape[:2]
        top_valid, left_valid = kernel.shape[0] - 1 - top, kernel.shape[1] - 1 - left
        truths.append(picture[top_valid:top_valid + h, left_valid:left_valid + w][INSET:-INSET, INSET:-INSET])
    rows = []
    for truth, alone, among in zip(truths, restore(cut, scratch / "a"), restore(whole, scratch / "b")):
        among = among[INSET:-INSET, INSET:-INSET]
        edge = np.ones(truth.shape[:2], bool)
        edge[OUTER:-OUTER, OUTER:-OUTER] = False
        rows.append([psnr(alone, truth, edge), psnr(alone, truth, ~edge), psnr(among, truth, edge)])
    edge, interior, same = np.mean(rows, 0)
    print(f"{len(rows)} pictures: outer {OUTER} pixels {edge:.2f} dB, interior {interior:.2f} dB; "
          f"outer pixels with surroundings {same:.2f} dB")
