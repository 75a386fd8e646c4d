#!/usr/bin/env bash
# Everything on a real GPU, in one call: conformance, the Laplace experiment, the benchmarks, and PyTorch as the peer on the
# same weights. Needs the NVIDIA driver, and the folder that 'dotnet cake --target=PackGpu' makes (no .NET there); uses
# cuDNN, cuBLAS and cuFFT where it finds them (pip's nvidia/*/lib too), and PyTorch if python3 has it.
# usage: bench/gpu.sh [FOLDER_OF_PACKGPU] [OUTPUT_FOLDER]
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program="${1:-artifacts/gpu}/infadmm-gpu"
out="${2:-${OUT:-artifacts/gpu-results}}"
mkdir -p "$out"
export DOTNET_BUNDLE_EXTRACT_BASE_DIR="${DOTNET_BUNDLE_EXTRACT_BASE_DIR:-$(mktemp -d)}"

if [ ! -x "$program" ]; then
    echo "error: '$program' is not there: run 'dotnet cake --target=PackGpu' on a machine with .NET, and bring the folder"
    exit 2
fi

libraries="$(python3 - 2>/dev/null <<'PYTHON'
import pathlib, sysconfig
root = pathlib.Path(sysconfig.get_paths()["purelib"]) / "nvidia"
print(":".join(str(folder) for folder in sorted(root.glob("**/lib"))))
PYTHON
)"
export INFADMM_CUDA_LIBRARY_PATH="${INFADMM_CUDA_LIBRARY_PATH:-$libraries}"
export LD_LIBRARY_PATH="${INFADMM_CUDA_LIBRARY_PATH}:${LD_LIBRARY_PATH:-}"

failed=0
run() {
    echo "== $*"
    timeout 240 "$@" || { echo "FAILED ($?): $*"; failed=1; }
}

nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm --format=csv,noheader || true
run "$program" infadmm devices
run "$program" check
for preset in paper sparse; do
    run "$program" infadmm laplace --device cuda --preset "$preset" --size 64 --json "$out/laplace-$preset-64-cuda.json"
    run "$program" infadmm laplace --device cpu --preset "$preset" --size 64 --repeat 1 --quiet \
        --json "$out/laplace-$preset-64-cpu.json"
done
run "$program" infadmm laplace --device cuda --preset sparse --json "$out/laplace-sparse-512-cuda.json"
run "$program" bench --out "$out"

echo "== results"
python3 - "$out" <<'PYTHON' || true
import json, sys, pathlib
folder = pathlib.Path(sys.argv[1])
for preset in ("paper", "sparse"):
    try:
        cuda, cpu = (json.loads((folder / f"laplace-{preset}-64-{d}.json").read_text()) for d in ("cuda", "cpu"))
        other = {s["name"]: s for s in cpu["solvers"]}
        worst = max(abs(s["final_objective_z"] / other[s["name"]]["final_objective_z"] - 1) for s in cuda["solvers"])
        print(f"laplace {preset}, 64²: objectives of {len(cuda['solvers'])} solvers equal to the CPU's within {worst:.1e}")
    except (OSError, KeyError, ValueError) as error:
        print(f"laplace {preset}: no comparison ({error})")
report = json.loads((folder / "gpu.json").read_text())
print(report["device"])
print(f"copy by the driver: {report['copy_gbps']:.0f} GB/s")
for row in report["memory"]:
    print(f"{row['name']:34}{row['gbps']:8.0f} GB/s{row['of_copy']:8.0%} of a copy")
print(f"matrix product 8192³: {report['mat_mul_tflops']:.1f} TFLOP/s")
for row in report["compute"]:
    print(f"{row['name']:34}{row['microseconds']:8.1f} µs{row['tflops']:8.1f} TFLOP/s{row['of_mat_mul']:8.0%}")
sizes = sorted({row["size"] for row in report["iterations"]})
print("ADMM iteration, µs" + " " * 16 + "".join(f"{size:>9}²" for size in sizes))
for solver in dict.fromkeys(row["solver"] for row in report["iterations"]):
    times = {row["size"]: row["microseconds"] for row in report["iterations"] if row["solver"] == solver}
    print(f"{solver:34}" + "".join(f"{times[size]:10.1f}" for size in sizes))
PYTHON
if python3 -c 'import torch' 2>/dev/null; then
    run python3 bench/Gpu/peer_pytorch.py "$out"
else
    echo "no PyTorch: not compared"
fi
exit "$failed"
