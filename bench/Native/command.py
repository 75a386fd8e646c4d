"""Compares the infadmm command compiled at run time and ahead of time, in turns; prints tables.

    bench/Native/command.py NATIVE_DIR CLI_DLL [ROUNDS]

NATIVE_DIR is what `dotnet cake --target=Native` builds, CLI_DLL the command of a normal build.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIDE = 64
LAPLACE = ["laplace", "--preset", "sparse", "--solvers", "fft,cg,learned,learned-linear", "--device", "cpu", "--json", "-"]
# What limits a program that is compiled at run time to the vectors of a level.
LIMITS = {"x86-64-v4": {}, "x86-64-v3": {"DOTNET_EnableAVX512": "0"}, "x86-64-v2": {"DOTNET_EnableAVX": "0"}}


def run(command, arguments, environment):
    return subprocess.run(
        [*command, *map(str, arguments)], env={**os.environ, **environment}, capture_output=True, check=True).stdout


def seconds(command, arguments, environment):
    start = time.perf_counter()
    run(command, arguments, environment)
    return time.perf_counter() - start


def compare_start(normal, native, folder, rounds):
    picture = folder / "small.ppm"
    picture.write_bytes(b"P6 %d %d 255\n" % (SIDE, SIDE) + bytes(
        (200 - 3 * row if (row // 5 + column // 7) % 2 else 40 + 2 * column + 20 * c) % 256
        for row in range(SIDE) for column in range(SIDE) for c in range(3)))
    restore = ["restore", picture, "--task", "sr4", "--device", "cpu", "--out", folder / "out", "--quiet"]
    print("| build | `--version`, ms | `restore` of one 64² picture, ms |\n|---|---|---|")
    builds = [("at run time", normal, {}), *((level, native, {"INFADMM_LEVEL": level}) for level in LIMITS)]
    times = {name: ([], []) for name, _, _ in builds}
    for _ in range(rounds):
        for name, command, environment in builds:
            times[name][0].append(seconds(command, ["--version"], environment))
            times[name][1].append(seconds(command, restore, environment))
    for name, columns in times.items():
        print(f"| {name} | " + " | ".join(f"{1e3 * statistics.median(column):.0f}" for column in columns) + " |")


def iteration_times(command, environment):
    report = json.loads(run(command, LAPLACE, environment))
    times = {}
    for solver in report["solvers"]:
        at = [iteration["seconds"] for iteration in solver["iterations"]]
        times[solver["name"]] = at[-1] / len(at)
    return times


def compare_laplace(normal, native, rounds):
    for level, limit in LIMITS.items():
        pairs = []
        for i in range(rounds):
            both = [(normal, limit), (native, {"INFADMM_LEVEL": level})]
            times = [iteration_times(*side) for side in (both if i % 2 == 0 else reversed(both))]
            pairs.append(times if i % 2 == 0 else times[::-1])
        print(f"\n| `laplace --preset sparse`, {level} | at run time, ms | ahead of time, ms | ratio |\n|---|---|---|---|")
        for name in pairs[0][0]:
            ours = [pair[0][name] for pair in pairs]
            theirs = [pair[1][name] for pair in pairs]
            ratio = statistics.median(b / a for a, b in zip(ours, theirs))
            print(f"| {name} | {1e3 * statistics.median(ours):.3f} | {1e3 * statistics.median(theirs):.3f} | {ratio:.3f} |")


def main():
    native, normal = [str(Path(sys.argv[1]).resolve() / "bin" / "infadmm")], ["dotnet", str(Path(sys.argv[2]).resolve())]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    print(f"{rounds} rounds; load of the machine {os.getloadavg()[0]:.1f}\n")
    with tempfile.TemporaryDirectory() as folder:
        compare_start(normal, native, Path(folder), rounds)
    compare_laplace(normal, native, max(3, rounds // 4))


if __name__ == "__main__":
    main()
