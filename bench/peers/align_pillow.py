"""What `infadmm restore --align` gives on photographs that another program has shrunk, beside Pillow's enlargement.

usage: align_pillow.py INFADMM FOLDER [COUNT]

COUNT (24) photographs, evenly spaced in the folder, are cropped to multiples of 4, shrunk to a quarter by Pillow's
bicubic filter, and enlarged by `sr4` with both alignments and by Pillow. Prints the mean PSNR over all channels.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

infadmm, folder = sys.argv[1:3]
count = int(sys.argv[3]) if len(sys.argv) > 3 else 24
files = sorted(path for path in Path(folder).iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
files = files[:: max(len(files) // count, 1)][:count]


def psnr(a, b):
    return 10 * np.log10(255**2 / np.mean((np.asarray(a, float) - np.asarray(b, float)) ** 2))


with tempfile.TemporaryDirectory() as scratch:
    scratch = Path(scratch)
    truths, small = [], []
    for number, file in enumerate(files):
        image = Image.open(file).convert("RGB")
        image = image.crop((0, 0, image.width // 4 * 4, image.height // 4 * 4))
        truths.append(image)
        small.append(scratch / f"{number}.png")
        image.resize((image.width // 4, image.height // 4), Image.BICUBIC).save(small[-1])
    values = {"pillow bicubic": [psnr(t, Image.open(s).resize(t.size, Image.BICUBIC)) for t, s in zip(truths, small)]}
    for alignment in ("grid", "center"):
        out = scratch / alignment
        subprocess.run(
            [infadmm, "restore", *map(str, small), "--task", "sr4", "--align", alignment, "--out", str(out), "--quiet"],
            check=True, stdout=subprocess.DEVNULL)
        values[alignment] = [psnr(t, Image.open(out / s.name).convert("RGB")) for t, s in zip(truths, small)]

for name, found in values.items():
    print(f"{name:15} {np.mean(found):.2f} dB over {len(found)} photographs")
