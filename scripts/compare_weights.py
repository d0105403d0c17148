#!/usr/bin/env python3
"""Compare the weights of two Hugging Face folders tensor by tensor, with torch alone.

Reads safetensors by hand (model.safetensors, or its index and shards), so that nothing of TSpin and nothing of the
safetensors library is trusted. Exit code 0 when both hold the same tensors with the same values, 1 when not.

  python3 scripts/compare_weights.py runs/my-run/iteration-01/checkpoint ./my-model
  python3 scripts/compare_weights.py ./as-bfloat16 ./as-float32 --cast    # values after rounding to the first one's types
"""

import argparse
import json
import os
import struct
import sys

try:
    import torch
except ImportError:
    sys.exit("compare_weights.py needs torch: apt-get install python3-torch, or pip install torch")

TYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool,
}


def read_file(path):
    """The tensors of one safetensors file: a length, a JSON header, bytes."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        dtype = TYPES[entry["dtype"]]
        flat = torch.frombuffer(bytearray(data[start:end]), dtype=dtype) if end > start else torch.empty(0, dtype=dtype)
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


def read_folder(folder):
    """All tensors of a folder; the index must name every tensor and its shard, and no other."""
    single = os.path.join(folder, "model.safetensors")
    if os.path.exists(single):
        return read_file(single)
    with open(os.path.join(folder, "model.safetensors.index.json"), encoding="utf-8") as file:
        index = json.load(file)
    tensors = {}
    for shard in sorted(set(index["weight_map"].values())):
        found = read_file(os.path.join(folder, shard))
        for name in found:
            if index["weight_map"].get(name) != shard:
                sys.exit(f"{folder}: {name} lies in {shard}, but the index says {index['weight_map'].get(name)}")
        tensors.update(found)
    if set(tensors) != set(index["weight_map"]):
        sys.exit(f"{folder}: the index names tensors that no shard holds: {sorted(set(index['weight_map']) - set(tensors))}")
    size = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    if index.get("metadata", {}).get("total_size", size) != size:
        sys.exit(f"{folder}: the index says {index['metadata']['total_size']} bytes, the shards hold {size}")
    return tensors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first")
    parser.add_argument("second")
    parser.add_argument("--cast", action="store_true", help="round the second folder's tensors to the first one's types before comparing")
    options = parser.parse_args()
    first, second = read_folder(options.first), read_folder(options.second)

    differences = [f"only in {options.first}: {name}" for name in first.keys() - second.keys()]
    differences += [f"only in {options.second}: {name}" for name in second.keys() - first.keys()]
    for name in sorted(first.keys() & second.keys()):
        a, b = first[name], second[name]
        b = b.to(a.dtype) if options.cast else b
        if a.dtype != b.dtype or a.shape != b.shape:
            differences.append(f"{name}: {a.dtype} {list(a.shape)} against {b.dtype} {list(b.shape)}")
        elif not torch.equal(a, b):
            differences.append(f"{name}: {int((a != b).sum())} of {a.numel()} values differ")
    for difference in sorted(differences)[:20]:
        print(difference)
    print(f"{len(first)} and {len(second)} tensors, " + (f"{len(differences)} differences" if differences else "all the same"))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
