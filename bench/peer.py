"""The peer of ./tspin bench: the same models and data in plain PyTorch, the way most scripts do it.

Each triplet's three responses are rows of one right-padded batch of prompt + response; full logits, log_softmax, gather, T-SPIN's
loss, clipping, torch.optim.AdamW. Generation keeps a key-value cache that grows by torch.cat and samples with multinomial.
bfloat16 means the whole model in bfloat16, optimizer included: the cheapest plain way (TSpin keeps float32 masters and moments).

Reads {"shape": ..., "batches": ...} from the file named on the command line, then obeys lines on stdin: "step", "generate", "end".
"""
import json
import math
import sys
import time

import torch
import torch.nn.functional as F


class Block(torch.nn.Module):
    def __init__(self, s):
        super().__init__()
        h, d = s["hidden"], s["head_dimension"]
        linear = lambda i, o: torch.nn.Linear(i, o, bias=False)
        self.heads, self.kv, self.d = s["heads"], s["key_value_heads"], d
        self.q, self.k, self.v, self.o = linear(h, self.heads * d), linear(h, self.kv * d), linear(h, self.kv * d), linear(self.heads * d, h)
        self.gate, self.up, self.down = linear(h, s["inner"]), linear(h, s["inner"]), linear(s["inner"], h)
        self.n1, self.n2 = torch.nn.Parameter(torch.ones(h)), torch.nn.Parameter(torch.ones(h))

    def forward(self, x, cos, sin, mask, cache):
        n, t, _ = x.shape
        y = norm(x, self.n1)
        split = lambda z, heads: z.view(n, t, heads, self.d).transpose(1, 2)
        q, k, v = turn(split(self.q(y), self.heads), cos, sin), turn(split(self.k(y), self.kv), cos, sin), split(self.v(y), self.kv)
        if cache is not None:
            k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
        kept = (k, v)
        k, v = k.repeat_interleave(self.heads // self.kv, 1), v.repeat_interleave(self.heads // self.kv, 1)
        scores = q @ k.transpose(2, 3) / math.sqrt(self.d)
        if mask is not None:
            scores = scores + mask
        mixed = torch.softmax(scores.float(), -1).to(x.dtype) @ v
        x = x + self.o(mixed.transpose(1, 2).reshape(n, t, -1))
        y = norm(x, self.n2)
        return x + self.down(F.silu(self.gate(y)) * self.up(y)), kept


def norm(x, weight):
    wide = x.float()
    return weight * (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + 1e-5)).to(x.dtype)


def turn(x, cos, sin):
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat([-b, a], -1) * sin


class Model(torch.nn.Module):
    def __init__(self, s):
        super().__init__()
        self.embedding = torch.nn.Embedding(s["vocabulary"], s["hidden"])
        self.blocks = torch.nn.ModuleList(Block(s) for _ in range(s["layers"]))
        self.norm = torch.nn.Parameter(torch.ones(s["hidden"]))
        self.frequencies = 10000.0 ** (-torch.arange(0, s["head_dimension"], 2).float() / s["head_dimension"])
        for p in self.parameters():
            if p.dim() > 1:
                torch.nn.init.normal_(p, std=0.02)

    def forward(self, ids, caches=None):
        past = 0 if caches is None else caches[0][0].shape[2]
        t = ids.shape[1]
        angles = torch.arange(past, past + t).float()[:, None] * self.frequencies
        angles = torch.cat([angles, angles], -1)
        x = self.embedding(ids)
        cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
        mask = torch.full((t, t), -math.inf).triu(1).to(x.dtype) if past == 0 else None
        kept = []
        for i, block in enumerate(self.blocks):
            x, pair = block(x, cos, sin, mask, None if caches is None else caches[i])
            kept.append(pair)
        return norm(x, self.norm), kept

    def logits(self, hidden):
        return F.linear(hidden, self.embedding.weight)


def step(model, optimizer, triplets, method):
    rows = [(t["prompt"], r) for t in triplets for r in t["responses"]]
    longest = max(len(p) + len(r) for p, r in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    seen = torch.zeros(len(rows), longest)
    for i, (p, r) in enumerate(rows):
        ids[i, : len(p) + len(r)] = torch.tensor(p + r)
        seen[i, len(p) : len(p) + len(r)] = 1
    hidden, _ = model(ids)
    logits = model.logits(hidden)[:, :-1]
    token = F.log_softmax(logits.float(), -1).gather(2, ids[:, 1:, None]).squeeze(2)
    sums = (token * seen[:, 1:]).sum(1).view(len(triplets), -1)
    if method == "sft":
        loss = -sums[:, 0].mean()
    elif method == "spin":  # the reference's log-probabilities are constants and cost nothing here
        loss = -F.logsigmoid(0.1 * (sums[:, 0] - sums[:, 1])).mean()
    else:
        loss = (-F.logsigmoid(0.1 * (sums[:, 0] - sums[:, 1])) - F.logsigmoid(0.1 * (sums[:, 1] - sums[:, 2]))).mean()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return float(loss)


@torch.no_grad()
def generate(model, prompts, count):
    ids, caches = torch.tensor(prompts), None
    for _ in range(count):
        hidden, caches = model(ids, caches)
        probabilities = torch.softmax(model.logits(hidden[:, -1]).float(), -1)
        ids = torch.multinomial(probabilities, 1)


@torch.no_grad()
def choose(model, questions, batch=8):
    """As lm-evaluation-harness scores choices: the last token is not read, so choices of one token share a forward; longest first, in padded batches.
    The head sees only the places that predict a choice, which the harness does not spare."""
    wanted = {}
    for q in questions:
        for r in q["responses"]:
            wanted.setdefault(tuple(q["prompt"] + r[:-1]), []).append((len(q["prompt"]), r))
    rows, scores = sorted(wanted, key=len, reverse=True), []
    for i in range(0, len(rows), batch):
        part = rows[i : i + batch]
        ids = torch.zeros(len(part), len(part[0]), dtype=torch.long)
        for j, row in enumerate(part):
            ids[j, : len(row)] = torch.tensor(row)
        hidden, _ = model(ids)
        for j, row in enumerate(part):
            start, first = wanted[row][0]
            logs = F.log_softmax(model.logits(hidden[j, start - 1 : start - 1 + len(first)]).float(), -1)
            scores += [float(logs.gather(1, torch.tensor(r)[:, None]).sum()) for _, r in wanted[row]]
    return scores


def main():
    with open(sys.argv[1]) as f:
        work = json.load(f)
    torch.manual_seed(1)
    torch.set_num_threads(work["threads"])
    model = Model(work["shape"])
    if work["type"] == "bfloat16":
        model = model.bfloat16()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, weight_decay=0.0)
    print("ready", flush=True)
    done = 0
    for line in sys.stdin:
        if line.strip() == "end":
            break
        wall, cpu = time.perf_counter(), time.process_time()
        if line.strip() == "generate":
            generate(model, work["prompts"], work["new_tokens"])
        elif work["method"] == "choose":
            choose(model, work["batches"][0])
        else:
            step(model, optimizer, work["batches"][done % len(work["batches"])], work["method"])
            done += 1
        print(json.dumps({"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}), flush=True)
    with open("/proc/self/status") as f:
        peak = next(int(l.split()[1]) * 1024 for l in f if l.startswith("VmHWM"))
    print(json.dumps({"peak_bytes": peak}), flush=True)


main()
