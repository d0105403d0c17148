#!/bin/bash
# A run over two "machines": network namespaces of this one, joined by a virtual cable (veth). Shows that ranks meet by their addresses, that a slow cable changes no bit, and that a cut
# cable ends every rank with exit code 5 within the recipe's timeout, after which the same command goes on. Needs root and iproute2; about two minutes.
#   scripts/network-check.sh MODEL [CLI]       a Hugging Face folder of a tiny model; the folder of TSpin.Cli.dll (default: the build of this checkout)
set -uo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
model=${1:?"network-check: name the folder of a tiny model"}
cli=${2:-$here/src/TSpin.Cli/bin/Release/net10.0}
one=tspin-one-$$
two=tspin-two-$$
work=$(mktemp -d)
port=29517
failed=0

if [ "$(id -u)" != 0 ] || ! command -v ip >/dev/null; then
  echo "network-check: needs root and iproute2 (apt-get install iproute2)" >&2
  exit 2
fi

clean() {
  ip netns del "$one" 2>/dev/null
  ip netns del "$two" 2>/dev/null
  rm -rf "$work"
}
trap clean EXIT

ip netns add "$one" && ip netns add "$two" || exit 2
ip link add "v1-$$" type veth peer name "v2-$$" || exit 2
ip link set "v1-$$" netns "$one"
ip link set "v2-$$" netns "$two"
ip -n "$one" addr add 10.77.0.1/24 dev "v1-$$"
ip -n "$two" addr add 10.77.0.2/24 dev "v2-$$"
for space in "$one" "$two"; do ip -n "$space" link set lo up; done
ip -n "$one" link set "v1-$$" up
ip -n "$two" link set "v2-$$" up

for n in $(seq 1 8); do
  printf '{"question": "Ann has %d figs and buys %d more. How many figs has Ann?", "answer": "Ann has %d figs.\\n#### %d"}\n' "$n" "$((n + 2))" "$((2 * n + 2))" "$((2 * n + 2))"
done > "$work/train.jsonl"
cat > "$work/recipe.yaml" <<YAML
name: network
method: tspin
model: {path: $model, dtype: float32}
data: {train: [$work/train.jsonl]}
generation: {max_new_tokens: 8, batch_size: 2}
training: {iterations: 1, epochs: ${EPOCHS:-2}, batch_size: 4, learning_rate: 1.0e-4, save_every_steps: 2}
distribution: {timeout_seconds: 15, sharding: ${SHARDING:-full}}
output: {directory: $work/runs}
YAML

# rank RANK NAMESPACE RUN [SETTING]: a process of the run, in the background.
rank() {
  local number=$1 space=$2 run=$3
  shift 3
  RANK=$number WORLD_SIZE=2 LOCAL_RANK=0 MASTER_ADDR=10.77.0.1 MASTER_PORT=$port OMP_NUM_THREADS=1 setsid ip netns exec "$space" \
    dotnet "$cli/TSpin.Cli.dll" run "$work/recipe.yaml" --run "$run" "$@" > "$work/$run.$number.log" 2>&1 < /dev/null &
}

# together RUN: both ranks, to their end; their exit codes in codes.
together() {
  local run=$1
  shift
  port=$((port + 1))
  rank 0 "$one" "$run" "$@"
  local first=$!
  rank 1 "$two" "$run" "$@"
  local second=$!
  wait "$first"; codes="$?"
  wait "$second"; codes="$codes $?"
}

check() {
  if [ "$2" = "$3" ]; then
    echo "ok    $1"
  else
    echo "FAIL  $1: $2, expected $3"
    tail -n 3 "$work"/*.log | cut -c1-300
    failed=1
  fi
}

weights() { sha256sum < "$work/runs/$1/iteration-00/checkpoint/model.safetensors"; }

together plain
check "two machines end with 0" "$codes" "0 0"

# Later, or fewer bytes a second: what the kernel has.
if tc -n "$one" qdisc add dev "v1-$$" root netem delay 20ms 2>/dev/null || tc -n "$one" qdisc add dev "v1-$$" root tbf rate 20mbit burst 64kb latency 500ms 2>/dev/null; then
  echo "      $(tc -n "$one" qdisc show dev "v1-$$" | head -n 1)"
  together slow
  tc -n "$one" qdisc del dev "v1-$$" root
  check "a slow cable ends with 0" "$codes" "0 0"
  check "and changes no bit" "$(weights slow)" "$(weights plain)"
else
  echo "skip  a slow cable: this kernel has neither netem nor tbf"
fi

port=$((port + 1))
rank 0 "$one" cut --set training.epochs=60
first=$!
rank 1 "$two" cut --set training.epochs=60
second=$!
for _ in $(seq 1 600); do
  [ -s "$work/runs/cut/iteration-00/metrics.jsonl" ] && break
  sleep 0.2
done
ip -n "$two" link set "v2-$$" down
began=$SECONDS
wait "$first"; codes="$?"
wait "$second"; codes="$codes $?"
check "a cut cable ends both with 5" "$codes" "5 5"
check "within the timeout and a roll call (40 s)" "$((SECONDS - began <= 40))" 1
grep -h "rank" "$work"/cut.*.log | cut -c1-300
ip -n "$two" link set "v2-$$" up
together cut --set training.epochs=60
check "the same command goes on to the end" "$codes" "0 0"

exit $failed
