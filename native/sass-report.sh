#!/usr/bin/env bash
# What NVIDIA's assembler makes of the kernels: assembles src/Kernels/Cuda/Ptx/*.ptx for the GPUs of sm_80 (A100) and
# sm_90 (H100), disassembles the result and writes a Markdown table for each. Needs ptxas and nvdisasm of a CUDA
# toolkit, 11.8 or later, but no GPU. These are figures of the machine code, not measurements.
#
#   native/sass-report.sh [--tools DIR] [--out FILE] [MODULE…]
#
#   --tools DIR   where ptxas and nvdisasm are; otherwise they are taken from PATH
#   --out FILE    the file to write instead of the standard output
#   MODULE        names without .ptx; all if none is given
#
# Exit status: 0 done; 1 a kernel spills registers or a module is not assembled (the table is written anyway); 2 wrong
# usage; 3 no ptxas or no nvdisasm.
set -euo pipefail

usage() {
    echo "usage: native/sass-report.sh [--tools DIR] [--out FILE] [MODULE…]" >&2
    exit 2
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ptx=$root/src/Kernels/Cuda/Ptx
tools=
out=
modules=()
while (( $# )); do
    case $1 in
        --tools) [[ $# -ge 2 ]] || usage; tools=$2; shift 2 ;;
        --out) [[ $# -ge 2 ]] || usage; out=$2; shift 2 ;;
        -*) usage ;;
        *)
            if [[ ! -f $ptx/$1.ptx ]]; then
                echo "native/sass-report.sh: there is no module '$1' in src/Kernels/Cuda/Ptx" >&2
                exit 2
            fi
            modules+=("$1")
            shift
            ;;
    esac
done

# Sets the variable named by the first argument to the path of the program of that name.
find_tool() {
    local path place
    if [[ -n $tools ]]; then
        path=$tools/$1
        place="in $tools"
    else
        path=$(command -v "$1" || true)
        place="on the path"
    fi
    if [[ -z $path || ! -x $path ]]; then
        echo "native/sass-report.sh: no $1 $place: not run; it is part of a CUDA toolkit" >&2
        exit 3
    fi
    printf -v "$1" %s "$path"
}
if [[ -n $tools && ! -d $tools ]]; then
    echo "native/sass-report.sh: there is no directory $tools: not run" >&2
    exit 3
fi
find_tool ptxas
find_tool nvdisasm

if (( ${#modules[@]} == 0 )); then
    for file in "$ptx"/*.ptx; do
        modules+=("$(basename "$file" .ptx)")
    done
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

assemble() {
    local target=$work/$1-$2
    "$ptxas" -arch="$1" -v "$ptx/$2.ptx" -o "$target.cubin" > "$target.ptxas" 2>&1 \
        && "$nvdisasm" "$target.cubin" > "$target.sass" 2> "$target.error" \
        || touch "$target.failed"
}
export -f assemble
export work ptx ptxas nvdisasm
for architecture in sm_80 sm_90; do
    for module in "${modules[@]}"; do
        printf '%s\0%s\0' "$architecture" "$module"
    done
done | xargs -0 -n 2 -P "$(nproc)" bash -c 'assemble "$@"' _

failed=0
for architecture in sm_80 sm_90; do
    for module in "${modules[@]}"; do
        target=$work/$architecture-$module
        if [[ -e $target.failed ]]; then
            echo "$module is not assembled for $architecture:" >&2
            cat "$target.ptxas" "$target.error" >&2 2> /dev/null || true
            failed=1
            continue
        fi
        printf '%s\t%s\t%s\t%s\n' "$ptx/$module.ptx" "$architecture" "$module" ptx
        printf '%s\t%s\t%s\t%s\n' "$target.ptxas" "$architecture" "$module" ptxas
        printf '%s\t%s\t%s\t%s\n' "$target.sass" "$architecture" "$module" sass
    done
done > "$work/files"

: > "$work/spills"
{
    cat << 'END'
# The machine code of the CUDA kernels

END
    echo "\`native/sass-report.sh\`, $("$ptxas" --version | grep -o 'release [0-9.]*' | sed 's/release/ptxas/')." \
        "Nothing here was measured or run on a GPU: all figures are read from"
    cat << 'END'
the code that ptxas makes of the committed PTX. A driver may make another.

- *shared bytes*: of the kernel, plus the dynamic ones of a usual launch (`native/sass-report.txt`).
- *threads*: the launch bound, the largest block. *blocks per SM*, *warps per SM*: how many fit on a multiprocessor at a
  time, by registers, shared memory and that block; at most 64 warps.
- *instructions*: of the kernel with all its paths and subroutines, without padding.
- *per element*: instructions of a loop / elements of a turn. The loop is the innermost one that stores the most bytes
  to global memory (for reductions: loads the most); its elements are the floats stored by a turn, divided by the number
  of result arrays (or operands), which `native/sass-report.txt` lists. Both sides of a branch in the loop are counted.
  A dash: no stream; see the two next columns.
- *fill, per element*: the same for the loop that copies patches of the interior of an image from global to shared memory;
  its elements are the floats that a turn stores there, which `native/sass-report.txt` states. Paths for the edges of an
  image and for other numbers of rows are longer.
- *hot loop*: instructions of the innermost loop with the most FFMA, and the share of FFMA in it.
- *wide loads*, *wide stores*: instructions that move 16 bytes from or to global memory.
END
    awk -v facts="$root/native/sass-report.txt" -v spills="$work/spills" -f "$root/native/sass-report.awk" "$work/files"
} > "$work/report"

if [[ -n $out ]]; then
    cp "$work/report" "$out"
else
    cat "$work/report"
fi
if [[ -s $work/spills ]]; then
    cat "$work/spills" >&2
    failed=1
fi
exit $failed
