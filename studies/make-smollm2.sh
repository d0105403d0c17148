#!/usr/bin/env bash
# Makes what the studies of SmolLM2 need, in runs/smollm2, from a folder with
#   models/smollm2-135m-instruct/to_hf.py   writes the Hugging Face folder (or put one at runs/smollm2/model yourself)
#   ifeval/                                 input_data.jsonl and *_eval_results_strict.jsonl of IFEval's own program
#   eval/                                   arc/svamp.jsonl, arc/arc_easy.jsonl, hellaswag/hellaswag_val_1000.jsonl
# Then: ./tspin study studies/smollm2-half-0.yaml, and -half-1.yaml (README.md).
set -euo pipefail
from=$(readlink -f "${1:?a folder is needed: studies/make-smollm2.sh ../shared/data}")
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
dotnet build studies/TSpin.Worlds -c Release --nologo -v quiet
dotnet studies/TSpin.Worlds/bin/Release/net10.0/TSpin.Worlds.dll halves --from "$from/ifeval" --out runs/smollm2/data
head -n 200 "$from/eval/arc/svamp.jsonl" > runs/smollm2/data/svamp.jsonl
head -n 200 "$from/eval/arc/arc_easy.jsonl" > runs/smollm2/data/arc.jsonl
head -n 200 "$from/eval/hellaswag/hellaswag_val_1000.jsonl" > runs/smollm2/data/hellaswag.jsonl
[ -e runs/smollm2/model/config.json ] || python3 "$from/models/smollm2-135m-instruct/to_hf.py" runs/smollm2/model
