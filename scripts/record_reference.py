#!/usr/bin/env python3
"""Record what transformers computes for a model, for `tspin check model FOLDER` to compare with.

Writes two files (by default into the model's own folder):
  expected.safetensors  logits.0 ... logits.3, float32 [tokens, vocabulary], one for each prompt
  expected.json         the prompts, the log-probability of each of their tokens, two greedy continuations,
                        and one T-SPIN triplet with its loss and the gradient of every parameter

Needs torch, transformers and safetensors. Everything is computed in float32, on the CPU unless --device says
otherwise; that takes about 8 bytes of memory per parameter (weights and their gradients).

Example:
  python3 scripts/record_reference.py ~/models/SmolLM2-135M-Instruct
  ./tspin check model ~/models/SmolLM2-135M-Instruct
"""

import argparse
import json
import os
import random
import sys

try:
    import torch
    import torch.nn.functional as F
    import transformers
    from safetensors.torch import save_file
except ImportError:
    sys.exit("record_reference.py needs torch, transformers and safetensors: pip install torch transformers safetensors")

PROMPT_LENGTHS = (1, 17, 30, 60)
TRIPLET_LENGTHS = {"prompt": 13, "annotated": 9, "synthetic": 14, "proto_synthetic": 5}
ALPHA, BETA = 0.02, 0.5
GREEDY = ((1, 17, 12), (3, 40, 24))  # which prompt, how many of its tokens, how many new ones
LONGEST = 64  # 40 + 24, the longest sequence that is fed


def load(folder, device):
    """The model in float32, with the plainest attention, as its folder describes it; nothing is downloaded."""
    # transformers 5 renamed the argument; 4 knows only the old name in most of its versions.
    dtype_name = "dtype" if int(transformers.__version__.split(".")[0]) >= 5 else "torch_dtype"
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, local_files_only=True, attn_implementation="eager", **{dtype_name: torch.float32}
    )
    return model.to(device).eval()


def choose_tokens(vocabulary, special, seed):
    """Prompts and a triplet of random tokens, none of them special, the same for the same seed and vocabulary."""
    generator = random.Random(seed)
    ordinary = [token for token in range(vocabulary) if token not in special]

    def draw(count):
        return [generator.choice(ordinary) for _ in range(count)]

    return [draw(n) for n in PROMPT_LENGTHS], {name: draw(n) for name, n in TRIPLET_LENGTHS.items()}


def special_tokens(config):
    """The ids that the configuration gives a meaning to: begin, end, padding."""
    found = set()
    for name in ("bos_token_id", "eos_token_id", "pad_token_id"):
        value = getattr(config, name, None)
        found.update(value if isinstance(value, (list, tuple)) else [value])
    return found


def logits_of(model, tokens):
    """float32 [T, V]: one forward over one unpadded sequence, without a cache."""
    ids = torch.tensor([tokens], device=model.device)
    return model(input_ids=ids, use_cache=False).logits[0].float()


def token_logprobs(logits, tokens):
    """Of token i+1 given tokens 0..i, in nats; summed up in float64 so that only the logits' own error is left."""
    if len(tokens) < 2:
        return []
    logprobs = F.log_softmax(logits[:-1].double(), dim=-1)
    following = torch.tensor(tokens[1:], device=logits.device)
    return logprobs.gather(1, following[:, None])[:, 0].tolist()


def greedy(model, prompt, count):
    """Exactly `count` most likely tokens (end-of-text stops nothing), and the smallest lead of a first over a second."""
    tokens, leads = [], []
    ids, cache = torch.tensor([prompt], device=model.device), None
    for _ in range(count):
        output = model(input_ids=ids, past_key_values=cache, use_cache=True)
        cache = output.past_key_values
        first, second = output.logits[0, -1].float().topk(2).values
        leads.append((first - second).item())
        tokens.append(int(output.logits[0, -1].argmax()))
        ids = torch.tensor([tokens[-1:]], device=model.device)
    return tokens, min(leads)


def greedy_without_cache(model, prompt, count):
    """The same, every token from a fresh forward over all before it."""
    tokens = []
    for _ in range(count):
        tokens.append(int(logits_of(model, prompt + tokens)[-1].argmax()))
    return tokens


def response_logprob(model, prompt, response):
    """log pi(response | prompt): the sum over the response's tokens, no end-of-text appended."""
    logprobs = F.log_softmax(logits_of(model, prompt + response)[len(prompt) - 1 : -1], dim=-1)
    return logprobs.gather(1, torch.tensor(response, device=logprobs.device)[:, None]).sum()


def triplet_record(model, triplet):
    """T-SPIN's loss with the logistic link l(t) = log(1 + exp(-t)) (arXiv 2601.08198), and its gradient:
    l(alpha (log pi(y|x) - log pi(y'|x))) + beta l(alpha (log pi(y'|x) - log pi(y0|x)))."""
    annotated = response_logprob(model, triplet["prompt"], triplet["annotated"])
    synthetic = response_logprob(model, triplet["prompt"], triplet["synthetic"])
    proto = response_logprob(model, triplet["prompt"], triplet["proto_synthetic"])
    loss = F.softplus(-ALPHA * (annotated - synthetic)) + BETA * F.softplus(-ALPHA * (synthetic - proto))
    model.zero_grad(set_to_none=True)
    loss.backward()

    gradients = {}
    for name, parameter in model.named_parameters():  # a tied weight comes once, under its first name
        if parameter.grad is not None:
            gradient = parameter.grad.double()
            gradients[name] = {
                "norm": gradient.norm().item(),
                "dot_weight": (gradient * parameter.detach().double()).sum().item(),
            }
    return {
        **triplet,
        "alpha": ALPHA,
        "beta": BETA,
        "loss": "logistic",
        "logprob_annotated": annotated.item(),
        "logprob_synthetic": synthetic.item(),
        "logprob_proto_synthetic": proto.item(),
        "value": loss.item(),
        "gradients": gradients,
    }


def record(model, prompts, triplet):
    """The content of expected.json and the tensors of expected.safetensors."""
    expected = {"family": model.config.model_type, "prompts": prompts, "token_logprobs": [], "greedy": []}
    tensors = {}
    with torch.no_grad():
        for k, prompt in enumerate(prompts):
            logits = logits_of(model, prompt)
            tensors[f"logits.{k}"] = logits.cpu().contiguous()
            expected["token_logprobs"].append(token_logprobs(logits, prompt))
        for which, length, count in GREEDY:
            prompt = prompts[which][:length]
            tokens, lead = greedy(model, prompt, count)
            expected["greedy"].append(
                {
                    "prompt": prompt,
                    "tokens": tokens,
                    "smallest_lead": lead,
                    "same_without_cache": tokens == greedy_without_cache(model, prompt, count),
                }
            )
    expected["triplet"] = triplet_record(model, triplet)
    return expected, tensors


def write(folder, expected, tensors):
    """Both files under temporary names first, so that a failure leaves no half of a record."""
    os.makedirs(folder, exist_ok=True)
    json_path, tensor_path = os.path.join(folder, "expected.json"), os.path.join(folder, "expected.safetensors")
    with open(json_path + ".tmp", "w", encoding="utf-8") as file:
        json.dump(expected, file)
    save_file(tensors, tensor_path + ".tmp")
    os.replace(tensor_path + ".tmp", tensor_path)
    os.replace(json_path + ".tmp", json_path)
    return json_path, tensor_path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="a Hugging Face model folder: config.json and weights")
    parser.add_argument("--out", metavar="DIR", help="where to write (default: the model's folder)")
    parser.add_argument("--seed", type=int, default=0, help="chooses the prompts (default: %(default)s)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda:N; the comparison is made for cpu (default: %(default)s)")
    parser.add_argument("--prompts-from", metavar="FILE", help="take prompts and triplet from an expected.json that exists, to record them again")
    arguments = parser.parse_args()

    if not os.path.isfile(os.path.join(arguments.folder, "config.json")):
        sys.exit(f"{arguments.folder}: there is no config.json; name a Hugging Face model folder")
    # TF32 keeps ten bits of each factor: far too few for a comparison in float32.
    torch.backends.cuda.matmul.allow_tf32 = False
    model = load(arguments.folder, arguments.device)
    limit = getattr(model.config, "max_position_embeddings", LONGEST) or LONGEST
    if limit < LONGEST:
        sys.exit(f"{arguments.folder}: max_position_embeddings is {limit}; recording needs sequences of {LONGEST} tokens")

    if arguments.prompts_from:
        with open(arguments.prompts_from, encoding="utf-8") as file:
            before = json.load(file)
        prompts, triplet = before["prompts"], {name: before["triplet"][name] for name in TRIPLET_LENGTHS}
    else:
        # The smaller of the two tables: some models pad one of them.
        vocabulary = min(model.get_input_embeddings().weight.shape[0], model.get_output_embeddings().weight.shape[0])
        prompts, triplet = choose_tokens(vocabulary, special_tokens(model.config), arguments.seed)

    expected, tensors = record(model, prompts, triplet)
    for path in write(arguments.out or arguments.folder, expected, tensors):
        print(path)


if __name__ == "__main__":
    main()
