#!/usr/bin/env python3
"""Does a folder that TSpin saved load in transformers, with the same logits? For a machine that has transformers.

Loads the folder as any user of transformers would, fails if a weight is missing, unexpected or of another shape, and
writes what transformers computes for one prompt beside the weights: expected.safetensors (logits) and prompt.json.
Then TSpin compares:

  python3 scripts/load_in_transformers.py runs/my-run/iteration-01/checkpoint
  ./tspin check weights runs/my-run/iteration-01/checkpoint --prompt runs/my-run/iteration-01/checkpoint/prompt.json

scripts/record_reference.py records more (log-probabilities, greedy tokens, gradients) for `tspin check model`.
"""

import argparse
import json
import os
import random
import sys

try:
    import torch
    import transformers
    from safetensors.torch import save_file
except ImportError:
    sys.exit("load_in_transformers.py needs torch, transformers and safetensors: pip install torch transformers safetensors")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="a folder with config.json and weights")
    parser.add_argument("--tokens", type=int, default=32, help="length of the prompt (default 32)")
    parser.add_argument("--seed", type=int, default=0, help="of the prompt's random tokens (default 0)")
    options = parser.parse_args()

    # transformers 5 renamed the argument; 4 knows only the old name in most of its versions.
    dtype_name = "dtype" if int(transformers.__version__.split(".")[0]) >= 5 else "torch_dtype"
    model, info = transformers.AutoModelForCausalLM.from_pretrained(
        options.folder, local_files_only=True, attn_implementation="eager", output_loading_info=True, **{dtype_name: torch.float32}
    )
    wrong = {kind: sorted(map(str, info.get(kind, ()))) for kind in ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs")}
    for kind, names in wrong.items():
        for name in names:
            print(f"{kind}: {name}")
    if any(wrong.values()):
        sys.exit(f"{options.folder}: transformers {transformers.__version__} does not find in it what its config.json calls for")

    generator = random.Random(options.seed)
    prompt = [generator.randrange(model.config.vocab_size) for _ in range(options.tokens)]
    with torch.no_grad():
        logits = model.eval()(torch.tensor([prompt])).logits[0].float().contiguous()
    save_file({"logits": logits}, os.path.join(options.folder, "expected.safetensors"))
    with open(os.path.join(options.folder, "prompt.json"), "w", encoding="utf-8") as file:
        json.dump({"prompt": prompt}, file)
    print(f"transformers {transformers.__version__} loaded every weight as {type(model).__name__}; now run:")
    print(f"  ./tspin check weights {options.folder} --prompt {os.path.join(options.folder, 'prompt.json')}")


if __name__ == "__main__":
    main()
