#!/usr/bin/env bash
# Everything that TSpin says about GPUs, tried on one within 8 minutes, without .NET: builds the native library against Python's torch, runs the
# tests and the recorded models and training on the device, then trains and generates with random weights in the shapes of SmolLM2-135M,
# TinyLlama-1.1B and Llama-2-7B. Needs what scripts/gpu-pack.sh packed, cmake, a C++ compiler and a torch package of python3. docs/gpu.md.
#
#   scripts/gpu-check.sh [PACK]     a tspin-gpu.tar.xz or the folder unpacked from it; default .carry/tspin-gpu.tar.xz of this checkout, or the
#                                   pack that this script lies in
#
# Writes $OUT/gpu-check.json (OUT defaults to ./gpu-check) and a log per step. Exit code 0: every step that could run went well; 1: one did not;
# 2: nothing could be run. Also heeded:
#   DEVICE   cuda (default), cuda:N, or cpu to try the script itself
#   SHAPES   default "smol llama-1b llama-7b"; "tiny" on the CPU
#   LIMIT    seconds in all, default 470; a step for which no time is left is skipped and named
#   SHIM     a libtspin_torch.so that is built already
#   PYTHON   default python3
set -uo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
device=${DEVICE:-cuda}
python=${PYTHON:-python3}
limit=${LIMIT:-470}
if [[ $device == cpu ]]; then shapes=${SHAPES:-tiny}; else shapes=${SHAPES:-smol llama-1b llama-7b}; fi
mkdir -p "${OUT:-gpu-check}" && out=$(cd "${OUT:-gpu-check}" && pwd) || exit 2
rm -f "$out"/*.log "$out"/*.json "$out/steps.tsv"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say() { printf 'gpu-check: %s\n' "$*"; }
die() { say "$*" >&2; exit 2; }

pack=${1:-}
if [[ -z $pack ]]; then
  if [[ -d $here/app ]]; then pack=$here; else pack=$here/.carry/tspin-gpu.tar.xz; fi
fi
if [[ -f $pack ]]; then
  # Not every machine has xz; Python brings its own.
  "$python" -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$pack" "$work" 2>/dev/null || tar -C "$work" -xJf "$pack" || die "$pack cannot be unpacked"
  pack=$work/tspin-gpu
fi
[[ -x $pack/app/TSpin.Bench ]] || die "$pack holds no app/TSpin.Bench; make a pack with scripts/gpu-pack.sh"

# Runs a step with a limit of its own and of what is left; its output goes to a log, its outcome to steps.tsv.
step() { # NAME SECONDS COMMAND...
  local name=$1 most=$2 left rc begin
  shift 2
  left=$((limit - SECONDS))
  if ((left < 5)); then
    printf '%s\tskipped\t0\tno time left\n' "$name" >>"$out/steps.tsv"
    say "$name: skipped, no time left"
    return 1
  fi
  begin=$SECONDS
  timeout --kill-after=5 $((left < most ? left : most)) "$@" >"$out/$name.log" 2>&1 </dev/null
  rc=$?
  printf '%s\t%s\t%s\t%s\n' "$name" "$rc" $((SECONDS - begin)) "$(tail -n 1 "$out/$name.log" | tr '\t' ' ' | cut -c1-200)" >>"$out/steps.tsv"
  say "$name: $( ((rc == 0)) && echo ok || echo "exit code $rc, see $out/$name.log") ($((SECONDS - begin)) s)"
  return $rc
}

build_shim() {
  local prefix generator=()
  prefix=$("$python" -c 'import torch; print(torch.utils.cmake_prefix_path)' 2>/dev/null) || prefix=
  if command -v ninja >/dev/null; then generator=(-G Ninja); fi
  cmake -S "$pack/native/tspin_torch" -B "$work/native" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release "-DCMAKE_PREFIX_PATH=$prefix" &&
    cmake --build "$work/native" --parallel "$(nproc)" && cat "$work/native/libtorch.txt"
}

if [[ -n ${SHIM:-} ]]; then
  export TSPIN_TORCH_LIBRARY=$SHIM
else
  export -f build_shim
  export pack work python
  step build 240 bash -c build_shim || { tail -n 30 "$out/build.log" >&2; die "the native library cannot be built"; }
  export TSPIN_TORCH_LIBRARY=$work/native/libtspin_torch.so
fi
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000} PYTORCH_CUDA_ALLOC_CONF=${PYTORCH_CUDA_ALLOC_CONF:-expandable_segments:True}
export PYTORCH_ALLOC_CONF=${PYTORCH_ALLOC_CONF:-$PYTORCH_CUDA_ALLOC_CONF}

step doctor 30 "$pack/app/TSpin.Cli" doctor --json
step tests 90 "$pack/app/TSpin.Torch.Tests" -noColor
if [[ -d $pack/records/models ]]; then step models 60 "$pack/app/TSpin.Cli" check model "$pack"/records/models/* --device "$device" --json; fi
if [[ -d $pack/records/training ]]; then step training 60 "$pack/app/TSpin.Cli" check training "$pack/records/training" --device "$device" --json; fi
if [[ -d $pack/records/models ]]; then
  if [[ $device != cpu ]] && grep -q '^cuda graphs: no' "$out/build.log" 2>/dev/null; then
    printf 'graphs\tskipped\t0\tno CUDA headers beside libtorch\n' >>"$out/steps.tsv"
    say "graphs: skipped, no CUDA headers beside libtorch"
  else
    step graphs 60 "$pack/app/TSpin.Cli" check graphs "$pack"/records/models/* --device "$device" --json
  fi
fi
rounds=$([[ $device == cpu ]] && echo 2 || echo 5)
for shape in $shapes; do
  step "train-$shape" 120 "$pack/app/TSpin.Bench" device "$shape" --device "$device" --rounds "$rounds" --json "$out/train-$shape.json"
done
for shape in $shapes; do
  step "generate-$shape" 60 "$pack/app/TSpin.Bench" device "$shape" --device "$device" --generate --rounds 2 --json "$out/generate-$shape.json" || continue
  if "$python" -c 'import transformers' 2>/dev/null; then
    step "peer-$shape" 60 "$python" "$pack/scripts/gpu_peer.py" "$out/generate-$shape.json" "$device" "$out/peer-$shape.json"
  else
    printf 'peer-%s\tskipped\t0\t%s has no transformers\n' "$shape" "$python" >>"$out/steps.tsv"
  fi
done

"$python" - "$out" "$pack" "$device" "$SECONDS" <<'PY'
import json, os, re, subprocess, sys
out, pack, device, seconds = sys.argv[1:]
def read(name):
    try:
        with open(os.path.join(out, name)) as f:
            return json.load(f)
    except (OSError, ValueError):
        return None
def text(path):
    try:
        with open(path) as f:
            return f.read()
    except OSError:
        return ""
steps = []
for line in text(os.path.join(out, "steps.tsv")).splitlines():
    name, rc, took, last = line.split("\t", 3)
    steps.append({"name": name, "exit_code": None if rc == "skipped" else int(rc), "seconds": int(took), "last_line": last})
counts = re.search(r"Total: (\d+), Errors: (\d+), Failed: (\d+), Skipped: (\d+)", text(os.path.join(out, "tests.log")))
try:
    card = subprocess.run(["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"], capture_output=True, text=True, timeout=20).stdout.strip()
except (OSError, subprocess.SubprocessError):
    card = ""
def results(kind):
    found = (read(f"{kind}-{s['name'].split('-', 1)[1]}.json") for s in steps if s["name"].startswith(kind + "-"))
    return [r for r in found if r]
report = {
    "commit": text(os.path.join(pack, "commit.txt")).split("\n"), "device": device, "card": card, "seconds": int(seconds), "steps": steps,
    "tests": dict(zip(("total", "errors", "failed", "skipped"), map(int, counts.groups()))) if counts else None,
    "libtorch": text(os.path.join(out, "build.log")).split("source: ", 1)[-1].splitlines() if "source: " in text(os.path.join(out, "build.log")) else None,
    "training": results("train"), "generation": results("generate"), "peer": results("peer"),
}
with open(os.path.join(out, "gpu-check.json"), "w") as f:
    json.dump(report, f, indent=2)
for r in report["training"]:
    print(f"{r['shape']:10} training   {r['tokens_per_second']:10.0f} tokens/s   MFU {100 * r['mfu']:5.1f}% of {r['product_flops_per_second'] / 1e12:6.1f} TFLOP/s   {r['used_bytes'] / 1e9:6.1f} GB")
for r in report["generation"]:
    without = r.get("without_graphs")
    peer = next((p for p in report["peer"] if p["shape"] == r["shape"]), None)
    print(f"{r['shape']:10} generation {r['tokens_per_second']:10.0f} tokens/s   {100 * r['share_of_bound']:5.1f}% of the bandwidth bound" + (f"   {r['tokens_per_second'] / without['tokens_per_second']:.2f} x without graphs" if without else f"   graphs: {r['cuda_graphs']}") + (f"   {peer['tspin_over_peer']:.2f} x transformers" if peer else ""))
bad = [s["name"] for s in steps if s["exit_code"]]
left_out = [s["name"] for s in steps if s["exit_code"] is None]
print(f"{len(steps) - len(bad) - len(left_out)} steps went well, {len(bad)} did not{': ' + ', '.join(bad) if bad else ''}, {len(left_out)} were left out{': ' + ', '.join(left_out) if left_out else ''}; {seconds} s; {os.path.join(out, 'gpu-check.json')}")
sys.exit(1 if bad else 0)
PY
