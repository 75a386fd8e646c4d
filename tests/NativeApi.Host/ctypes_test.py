"""Restores a picture through Python's ctypes and with the command, compiled at run time and ahead of time.

    ctypes_test.py NATIVE_DIR CLI_DLL

NATIVE_DIR is what `dotnet cake --target=Native` builds, CLI_DLL the command of a normal build. Standard library only.
The last line counts the tests.
"""

import ctypes
import os
import signal
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

WIDTH, HEIGHT, SCALE = 45, 37, 4
RGB24 = 1
LEVELS = {"x86-64-v2": "128-bit vectors", "x86-64-v3": "256-bit vectors", "x86-64-v4": "512-bit vectors"}


def processor_levels():
    """The levels that this processor has, from the flags that set each apart."""
    flags = set(next(l for l in open("/proc/cpuinfo") if l.startswith("flags")).split())
    needs = {"x86-64-v2": {"sse4_2", "popcnt"}, "x86-64-v3": {"avx2", "fma", "bmi2"}, "x86-64-v4": {"avx512vl", "avx512bw"}}
    return [level for level in LEVELS if all(needs[l] <= flags for l in LEVELS if l <= level)]


def draw():
    return bytes(
        (200 - 3 * row if (row // 5 + column // 7) % 2 else 40 + 2 * column + 20 * c) % 256
        for row in range(HEIGHT) for column in range(WIDTH) for c in range(3))


def read_png(path):
    """The samples of a PNG of 8 bits, RGB and not interlaced."""
    data = path.read_bytes()
    width, height = (int.from_bytes(data[at:at + 4], "big") for at in (16, 20))
    assert data[24:29] == bytes([8, 2, 0, 0, 0]), "not an 8-bit RGB PNG"
    at, packed = 8, b""
    while at < len(data):
        length = int.from_bytes(data[at:at + 4], "big")
        if data[at + 4:at + 8] == b"IDAT":
            packed += data[at + 8:at + 8 + length]
        at += length + 12
    lines, stride = zlib.decompress(packed), 3 * width
    above, pixels = bytearray(stride), bytearray()
    for row in range(height):
        kind, *line = lines[row * (stride + 1):(row + 1) * (stride + 1)]
        line = bytearray(line)
        for i in range(stride):
            a = line[i - 3] if i >= 3 else 0
            b, c = above[i], above[i - 3] if i >= 3 else 0
            nearest = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
            line[i] = (line[i] + (0, a, b, (a + b) // 2, nearest)[kind]) % 256
        pixels += line
        above = line
    return bytes(pixels)


def largest_difference(a, b):
    assert len(a) == len(b), f"{len(a)} and {len(b)} bytes"
    return max(abs(x - y) for x, y in zip(a, b))


def through_ctypes(library, pixels):
    lib = ctypes.CDLL(str(library))
    lib.infadmm_last_error.restype = ctypes.c_char_p
    lib.infadmm_level.restype = ctypes.c_char_p
    size = ctypes.c_size_t
    lib.infadmm_restore.argtypes = [
        ctypes.c_uint64, ctypes.c_char_p, size, *[ctypes.c_int32] * 4, ctypes.c_char_p, size, *[ctypes.c_int32] * 2]
    lib.infadmm_destroy.argtypes = [ctypes.c_uint64]

    def check(status):
        assert status == 0, lib.infadmm_last_error().decode()

    restorer = ctypes.c_uint64()
    check(lib.infadmm_create(b"sr4", 0, ctypes.byref(restorer)))
    restored = ctypes.create_string_buffer(len(pixels) * SCALE * SCALE)
    check(lib.infadmm_restore(
        restorer, pixels, len(pixels), WIDTH, HEIGHT, 0, RGB24, restored, len(restored), 0, RGB24))
    check(lib.infadmm_destroy(restorer))
    assert lib.infadmm_destroy(restorer) != 0
    assert b"destroyed" in lib.infadmm_last_error()
    return restored.raw, lib.infadmm_level().decode()


def through_command(command, folder, **environment):
    source, out = folder / "small picture.ppm", folder / "out"
    source.write_bytes(b"P6 %d %d 255\n" % (WIDTH, HEIGHT) + draw())
    run(command, ["restore", source, "--task", "sr4", "--device", "cpu", "--out", out], **environment)
    return read_png(out / "small picture.png")


def run(command, arguments, expect=0, **environment):
    done = subprocess.run(
        [*command, *map(str, arguments)], env={**os.environ, **environment}, capture_output=True, text=True)
    assert done.returncode == expect, f"{command[-1]} ended with {done.returncode}: {done.stderr}"
    return done


def test_ctypes_equals_the_command(native, jit):
    """Catches another alignment, rounding or byte order than the command's, and arguments that Python passes wrongly."""
    with tempfile.TemporaryDirectory() as folder:
        expected = through_command(jit, Path(folder))
    restored, level = through_ctypes(native / "lib" / "libinfadmm.so", draw())
    assert level == processor_levels()[-1], level
    assert restored == expected, f"differs by up to {largest_difference(restored, expected)} of 255"


def test_each_level_of_the_command(native, jit):
    """Catches a launcher that starts the wrong build, and a build with other vectors than those of its level."""
    launcher = [str(native / "bin" / "infadmm")]
    with tempfile.TemporaryDirectory() as folder:
        expected = through_command(jit, Path(folder))
    for level in processor_levels():
        with tempfile.TemporaryDirectory() as folder:
            restored = through_command(launcher, Path(folder), INFADMM_LEVEL=level)
        devices = run(launcher, ["devices"], INFADMM_LEVEL=level).stdout
        assert LEVELS[level] in devices, f"{level}: {devices}"
        largest = largest_difference(restored, expected)
        print(f"{level}: the command's picture differs by at most {largest} of 255 from that of the normal build")
        assert largest <= 1
    assert LEVELS[processor_levels()[-1]] in run(launcher, ["devices"]).stdout


def write_tiff(path, pixels):
    """Uncompressed, one strip, RGB."""
    header = struct.pack("<2sHI", b"II", 42, 8)
    first = 8 + 2 + 9 * 12 + 4
    entries = [
        (256, 3, 1, WIDTH), (257, 3, 1, HEIGHT), (258, 3, 3, first), (259, 3, 1, 1), (262, 3, 1, 2),
        (273, 4, 1, first + 6), (277, 3, 1, 3), (278, 3, 1, HEIGHT), (279, 4, 1, len(pixels))]
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    path.write_bytes(header + directory + bytes(4) + struct.pack("<3H", 8, 8, 8) + pixels)


def write_bmp(path, pixels):
    """24 bits, rows from the bottom, padded to four bytes."""
    rows = [pixels[3 * WIDTH * row:3 * WIDTH * (row + 1)] for row in reversed(range(HEIGHT))]
    packed = b"".join(
        bytes(row[3 * (i // 3) + 2 - i % 3] for i in range(3 * WIDTH)) + bytes(-3 * WIDTH % 4) for row in rows)
    header = struct.pack("<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, 24, 0, len(packed), 0, 0, 0, 0)
    path.write_bytes(b"BM" + struct.pack("<IHHI", 54 + len(packed), 0, 0, 54) + header + packed)


def test_each_format_is_read(native, jit):
    """Catches a format that the image library reads by means that a native build lacks, such as reflection."""
    root = Path(__file__).resolve().parents[2]
    cases = [root / "tests" / "Fixtures" / "cases" / name for name in (
        "exif6.jpg", "prog_noeoi.jpg", "icc.png", "png8eXIf.png", "ramp16i.png", "rgb16_trns.png", "alpha_zero_black.png")]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        write_tiff(folder / "from-tiff.tiff", draw())
        write_bmp(folder / "from-bmp.bmp", draw())
        files = [*cases, root / "docs" / "figures" / "align.webp", folder / "from-tiff.tiff", folder / "from-bmp.bmp"]
        out = [folder / "normal", folder / "native"]
        for command, directory in zip((jit, [str(native / "bin" / "infadmm")]), out):
            run(command, ["restore", *files, "--task", "deblur", "--iterations", "1", "--device", "cpu", "--out", directory])
        names = sorted(file.name for file in out[0].glob("*.png"))
        assert len(names) == len(files), names
        different = [name for name in names if (out[0] / name).read_bytes() != (out[1] / name).read_bytes()]
        assert not different, f"{different} differ"


def test_the_launcher_is_transparent(native, jit):
    """Catches lost arguments, streams, signals and exit codes, a launcher that is started through a link, and an unknown level."""
    launcher = native / "bin" / "infadmm"
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / "linked"
        link.symlink_to(launcher)
        version = run([str(link)], ["--version"]).stdout
        # After the plus sign is the commit, which differs if only one of the two was built again.
        assert version.split("+")[0].strip() == run(jit, ["--version"]).stdout.split("+")[0].strip(), version
    assert "--bad option" in run([str(launcher)], ["devices", "--bad option"], expect=2).stderr
    wrong = run([str(launcher)], ["devices"], expect=2, INFADMM_LEVEL="x86-64-v9")
    assert wrong.stderr.startswith("error: INFADMM_LEVEL=x86-64-v9: there is no such level"), wrong.stderr
    long = ["laplace", "--device", "cpu", "--solvers", "fft", "--iterations", "1000000"]
    child = subprocess.Popen(
        [str(launcher), *long], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert "device: cpu" in child.stderr.readline()
    child.send_signal(signal.SIGINT)
    assert "interrupted" in child.communicate(timeout=60)[1] and child.returncode == 130, child.returncode


def main():
    native, dll = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    passed = failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        try:
            test(native, ["dotnet", str(dll)])
            passed += 1
            print(f"passed: {name}")
        except Exception as failure:
            failed += 1
            print(f"FAILED: {name}: {failure}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
