#!/usr/bin/env python3
"""Does an adapter that TSpin saved load in PEFT, and compute the same? For a machine that has peft and transformers.

Loads the base as transformers does and the adapter as PEFT does, fails if PEFT misses a weight, finds one it does not know, or would write other names,
and compares the logits of the adapted model with those of the model that `tspin merge` wrote:

  ./tspin merge runs/my-run/iteration-01/checkpoint --out ./merged
  python3 scripts/load_adapter_in_peft.py runs/my-run/iteration-01/checkpoint --merged ./merged [--base FOLDER]

Exit code 0 only when all of it holds.
"""

import argparse
import json
import os
import random
import sys

try:
    import peft
    import torch
    import transformers
    from safetensors import safe_open
except ImportError:
    sys.exit("load_adapter_in_peft.py needs torch, transformers, peft and safetensors: pip install torch transformers peft safetensors")


def load(folder):
    # transformers 5 renamed the argument; 4 knows only the old name in most of its versions.
    dtype_name = "dtype" if int(transformers.__version__.split(".")[0]) >= 5 else "torch_dtype"
    return transformers.AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, attn_implementation="eager", **{dtype_name: torch.float32}).eval()


def logits(model, prompt):
    with torch.no_grad():
        return model(torch.tensor([prompt])).logits[0].float()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("adapter", help="a folder with adapter_config.json and adapter_model.safetensors")
    parser.add_argument("--base", help="the base model's folder (default: what the adapter names)")
    parser.add_argument("--merged", help="what `tspin merge` made of the two")
    parser.add_argument("--tokens", type=int, default=32, help="length of the prompt (default 32)")
    parser.add_argument("--seed", type=int, default=0, help="of the prompt's random tokens (default 0)")
    parser.add_argument("--tolerance", type=float, default=2e-3, help="largest difference of logits (default 2e-3; a bfloat16 merged folder needs about 0.5)")
    options = parser.parse_args()

    with open(os.path.join(options.adapter, "adapter_config.json"), encoding="utf-8") as file:
        config = json.load(file)
    base = load(options.base or config["base_model_name_or_path"])
    generator = random.Random(options.seed)
    prompt = [generator.randrange(base.config.vocab_size) for _ in range(options.tokens)]
    plain = logits(base, prompt)
    model = peft.PeftModel.from_pretrained(base, options.adapter).eval()

    with safe_open(os.path.join(options.adapter, "adapter_model.safetensors"), "pt") as file:
        in_file = {name: list(file.get_slice(name).get_shape()) for name in file.keys()}
    in_peft = {name: list(value.shape) for name, value in peft.get_peft_model_state_dict(model).items()}
    for name in sorted(in_file.keys() | in_peft.keys()):
        if in_file.get(name) != in_peft.get(name):
            print(f"{name}: {in_file.get(name)} in the file, {in_peft.get(name)} in PEFT")
    if in_file != in_peft:
        sys.exit(f"{options.adapter}: peft {peft.__version__} calls for other weights")

    adapted = logits(model, prompt)
    print(f"peft {peft.__version__} loaded all {len(in_file)} weights; the adapter moves logits by up to {(adapted - plain).abs().max().item():.3g}")
    if options.merged:
        difference = (logits(load(options.merged), prompt) - adapted).abs().max().item()
        print(f"logits of {options.merged} differ from PEFT's by up to {difference:.3g} ({options.tolerance:g} allowed)")
        if not difference <= options.tolerance:
            sys.exit(1)


if __name__ == "__main__":
    main()
