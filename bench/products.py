#!/usr/bin/python3
"""Speed of every product of a training step, beside the 2048^3 product of the same minute.

/usr/bin/python3 bench/products.py [bfloat16|float32]: one thread, its own CPU time, so that neighbours count little. Columns: forward x W^T,
gradient of the input g W, gradient of the weight g^T x, the same asked for transposed, and from operands that were turned beforehand.
"""
import sys
import time

import torch

SHAPES = [  # name, tokens, in, out
    ("smol q, o", 1024, 576, 576), ("smol k, v", 1024, 576, 192), ("smol q+k+v", 1024, 576, 960),
    ("smol gate, up", 1024, 576, 1536), ("smol gate+up", 1024, 576, 3072), ("smol down", 1024, 1536, 576),
    ("smol head", 768, 576, 49152), ("smol head's chunk", 768, 576, 5440),
    ("tiny q, o", 4096, 256, 256), ("tiny k, v", 4096, 256, 128), ("tiny q+k+v", 4096, 256, 512),
    ("tiny gate, up", 4096, 256, 704), ("tiny gate+up", 4096, 256, 1408), ("tiny down", 4096, 704, 256),
    ("tiny head", 3072, 256, 4096), ("tiny head's chunk", 3072, 256, 1344),
]
ROUNDS = 9
torch.set_num_threads(1)
dtype = getattr(torch, sys.argv[1] if len(sys.argv) > 1 else "bfloat16")


def matrix(*shape):
    return (torch.randn(*shape) * 0.1).to(dtype)


def seconds(product):
    product()
    start = time.thread_time()
    product()
    repeats = max(1, int(0.004 / max(time.thread_time() - start, 1e-6)))
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.thread_time()
        for _ in range(repeats):
            product()
        best = min(best, (time.thread_time() - start) / repeats)
    return best


a, b = matrix(2048, 2048), matrix(2048, 2048)
print(f"{'GFLOP/s of one core':22s} ceiling | forward  grad in  grad w | grad w^T  turned g  turned g, x")
for name, tokens, width, out in SHAPES:
    x, w, g = matrix(tokens, width), matrix(out, width), matrix(tokens, out)
    gt, xt = g.t().contiguous(), x.t().contiguous()
    ceiling = 2 * 2048**3 / seconds(lambda: a @ b) / 1e9
    forms = [lambda: x @ w.t(), lambda: g @ w, lambda: g.t() @ x, lambda: x.t() @ g, lambda: gt @ x, lambda: gt @ xt.t()]
    speeds = [2 * tokens * width * out / seconds(form) / 1e9 for form in forms]
    print(f"{name:22s} {ceiling:7.0f} | " + "  ".join(f"{speed:7.0f}" for speed in speeds), flush=True)
