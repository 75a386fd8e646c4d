#!/bin/bash
# Builds the stand-in for NVIDIA's libraries from the kernels of native/ and from native/host/:
#     native/host/build.sh OUT_DIR [--asan]
# OUT_DIR then contains libcuda.so.1 and links to it with the names of cuDNN, cuBLAS, cuFFT and NCCL: one library, so that
# they share their state. OUT_DIR/driver-only contains only the driver; OUT_DIR/planted runs a kernel with a bug.
# Unchanged sources are not compiled again.
set -euo pipefail

if [ $# -lt 1 ]; then
    echo "usage: $0 OUT_DIR [--asan]" >&2
    exit 2
fi
host=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
native=$(dirname "$host")
mkdir -p "$1"
out=$(cd "$1" && pwd)
flags="-std=c++17 -O2 -g -mfma -mavx2 -ffp-contract=off -fPIC -fvisibility=hidden -DINFADMM_HOST"
# Pragmas of GPU compilers and partly initialised structs are intended, and registers that are set and used under the same
# condition.
flags="$flags -Wall -Wextra -Wno-unknown-pragmas -Wno-missing-field-initializers -Wno-maybe-uninitialized"
objects=$out/objects
if [ "${2:-}" = --asan ]; then
    flags="$flags -fsanitize=address -fno-omit-frame-pointer"
    objects=$out/objects-asan
fi
mkdir -p "$objects" "$out/driver-only"

# The registers of each kernel on sm_80, by the newest report about the machine code (native/sass-report.sh).
report=$(ls "$native"/../bench/results/*-sass.md | tail -n 1)
awk -F '|' '/^## /{ part = $0 } part == "## sm_80" && NF > 4 && $3 + 0 > 0 { gsub(/ /, ""); print "{\"" $2 "\", " $3 "}," }' \
    "$report" > "$objects/registers.new"
cmp -s "$objects/registers.new" "$objects/registers.inc" || mv "$objects/registers.new" "$objects/registers.inc"

newest_header=$(ls -t "$native"/*.cuh "$host"/*.h "$host"/build.sh "$objects/registers.inc" | head -n 1)
list=()
stale=()
for source in "$native"/*.cu "$host"/*.cu "$host"/*.cpp; do
    [ -e "$source" ] || continue
    object=$objects/$(basename "$source").o
    list+=("$object")
    if [ ! -e "$object" ] || [ "$source" -nt "$object" ] || [ "$newest_header" -nt "$object" ]; then
        stale+=("$source")
    fi
done

# Objects of removed sources are not linked, but would be misleading.
for object in "$objects"/*.o; do
    [[ " ${list[*]} " == *" $object "* ]] || rm -f "$object"
done

compile() {
    local object
    object=$4/$(basename "$1").o
    # The interpreter computes all lanes of a warp in loops that are worth unrolling.
    [[ $1 == */ptx_*.cpp ]] && set -- "$1" "$2 -O3" "$3" "$4"
    g++ $2 -I"$3" -I"$4" -x c++ -c "$1" -o "$object.new" && mv "$object.new" "$object"
}
export -f compile
if [ ${#stale[@]} -gt 0 ]; then
    printf '%s\0' "${stale[@]}" | xargs -0 -P 2 -I{} bash -c 'compile "$@"' _ {} "$flags" "$native" "$objects"
fi

library=$out/libcuda.so.1
if [ ${#stale[@]} -gt 0 ] || [ ! -e "$library" ] || [ "$(cat "$out/linked" 2> /dev/null)" != "${list[*]}" ]; then
    echo '{ global: cu*; nccl*; standin_*; local: *; };' > "$out/exports"
    g++ $flags -shared -Wl,--version-script="$out/exports" -Wl,--hash-style=both -Wl,-soname,libcuda.so.1 \
        "${list[@]}" -ldl -pthread -o "$library.new"
    mv "$library.new" "$library"
    echo "${list[*]}" > "$out/linked"
fi
for name in libcudnn.so.9 libcublas.so.13 libcublas.so.12 libcufft.so.12 libcufft.so.11 libnccl.so.2; do
    ln -sf libcuda.so.1 "$out/$name"
done
ln -sf ../libcuda.so.1 "$out/driver-only/libcuda.so.1"

# The program that runs one planted kernel.
runner=$out/planted
if [ "$objects/planted.cu.o" -nt "$runner" ] || [ "$host/planted_runner.cc" -nt "$runner" ]; then
    g++ $flags -I"$native" -I"$host" -x c++ "$host/planted_runner.cc" -x none \
        "$objects/planted.cu.o" "$objects/fibers.cpp.o" -o "$runner.new"
    mv "$runner.new" "$runner"
fi
