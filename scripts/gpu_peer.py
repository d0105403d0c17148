"""The peer of gpu-check.sh's generation: transformers' generate with a Llama of the same shape, random weights, the same batch and lengths.

  gpu_peer.py GENERATION.json DEVICE OUT.json      GENERATION.json is what `bench device SHAPE --generate --json` wrote

Sampling is plain (temperature 1, no top-k, no top-p) and runs to the last token, as on TSpin's side.
"""
import json
import statistics
import sys
import time


def main():
    source, device, out = sys.argv[1:]
    import torch
    import transformers

    with open(source) as f:
        ours = json.load(f)
    shape = ours["model"]
    config = transformers.LlamaConfig(
        **shape, max_position_embeddings=2048, rms_norm_eps=1e-5, bos_token_id=None, eos_token_id=None, pad_token_id=None, attention_bias=False
    )
    dtype = torch.bfloat16 if ours["type"] == "BFloat16" else torch.float32
    torch.manual_seed(1)
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    with torch.device(device):
        model = transformers.LlamaForCausalLM(config).eval()
        prompts = torch.randint(0, shape["vocab_size"], (ours["batch"], ours["prompt_tokens"]))
    torch.set_default_dtype(before)

    def once():
        wait(torch, device)
        start = time.perf_counter()
        with torch.no_grad():
            answer = model.generate(
                prompts, attention_mask=torch.ones_like(prompts), max_new_tokens=ours["new_tokens"], min_new_tokens=ours["new_tokens"],
                do_sample=True, temperature=1.0, top_k=0, top_p=1.0, pad_token_id=0,
            )
        wait(torch, device)
        assert answer.shape[1] == ours["prompt_tokens"] + ours["new_tokens"], answer.shape
        return time.perf_counter() - start

    once()
    seconds = [once() for _ in range(3)]
    rate = ours["batch"] * ours["new_tokens"] / statistics.median(seconds)
    result = {
        "what": "transformers' generate", "shape": ours["shape"], "device": str(device), "torch": torch.__version__, "transformers": transformers.__version__,
        "batch": ours["batch"], "tokens_per_second": rate, "seconds": {"median": statistics.median(seconds), "min": min(seconds), "max": max(seconds)},
        "tspin_over_peer": ours["tokens_per_second"] / rate,
    }
    with open(out, "w") as f:
        json.dump(result, f, indent=2)
    print(json.dumps(result))


def wait(torch, device):
    if device.startswith("cuda"):
        torch.cuda.synchronize()


main()
