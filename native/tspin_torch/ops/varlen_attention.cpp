// A prompt is one sequence of queries and keys; a response is one whose keys are the prompt's and then its own, so the
// causal mask, aligned at the last query and the last key, is exactly what a response may see. Keys and values of
// prompts are gathered once per response; queries lie as they are.
#include "ops/libtorch_products.h"
#include "ops/varlen.h"

#include "ops/fused.h"

#include <torch/csrc/autograd/custom_function.h>
#include <torch/version.h>

#include <algorithm>
#include <limits>

#define TS_TORCH_AT_LEAST(major, minor)                                                                                \
  (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace tspin {
namespace {

// The sequences of one packed row as indices on the device. Gathered keys are those of all sequences, one sequence
// after the other.
struct Plan {
  std::vector<int64_t> segments;
  at::Device device{at::kCPU};
  at::Tensor queries; // int64: tokens of the row in the order of the sequences; undefined where that is the row itself
  at::Tensor keys;    // int64: token of every gathered key
  at::Tensor own;     // int64: where among the gathered keys each query's own token lies
  std::vector<at::Tensor> copies,
      tokens; // per round: gathered keys that repeat prompts' tokens, and those tokens, no token twice in a round
  at::Tensor query_ends, key_ends; // int32 [sequences + 1], cumulative lengths from 0
  int64_t longest_queries = 0, longest_keys = 0;
  std::vector<int64_t> host_query_ends, host_key_ends;
};

at::Tensor to_device(const std::vector<int64_t> &values, at::ScalarType type, at::Device device) {
  return at::tensor(values, at::TensorOptions().dtype(at::kLong)).to(device, type);
}

Plan make_plan(const std::vector<int64_t> &segments, int64_t row_tokens, at::Device device) {
  Plan plan;
  plan.segments = segments;
  plan.device = device;
  std::vector<int64_t> queries, keys, own;
  std::vector<std::vector<int64_t>> copies, tokens;
  plan.host_query_ends = plan.host_key_ends = {0};
  int64_t prompt_start = 0, prompt_length = 0;
  size_t round = 0; // the how-manieth response of its prompt
  bool tiled = true;
  for (size_t i = 0; i < segments.size(); i += 3) {
    const auto start = segments[i], length = segments[i + 1];
    tiled = tiled && start == static_cast<int64_t>(queries.size());
    int64_t before = 0;
    if (segments[i + 2] < 0) {
      prompt_start = start;
      prompt_length = length;
      round = 0;
    } else {
      before = prompt_length;
      if (copies.size() <= round) {
        copies.emplace_back();
        tokens.emplace_back();
      }
      for (int64_t j = 0; j < prompt_length; j++) {
        copies[round].push_back(static_cast<int64_t>(keys.size()));
        tokens[round].push_back(prompt_start + j);
        keys.push_back(prompt_start + j);
      }
      round++;
    }
    for (int64_t j = 0; j < length; j++) {
      queries.push_back(start + j);
      own.push_back(static_cast<int64_t>(keys.size()));
      keys.push_back(start + j);
    }
    plan.host_query_ends.push_back(static_cast<int64_t>(queries.size()));
    plan.host_key_ends.push_back(static_cast<int64_t>(keys.size()));
    plan.longest_queries = std::max(plan.longest_queries, length);
    plan.longest_keys = std::max(plan.longest_keys, before + length);
  }
  TORCH_CHECK(keys.size() <= static_cast<size_t>(std::numeric_limits<int32_t>::max()), "a packed row of ", keys.size(),
              " keys is too long for one attention call");
  if (!tiled || static_cast<int64_t>(queries.size()) != row_tokens) {
    plan.queries = to_device(queries, at::kLong, device);
  }
  plan.keys = to_device(keys, at::kLong, device);
  plan.own = to_device(own, at::kLong, device);
  for (size_t i = 0; i < copies.size(); i++) {
    plan.copies.push_back(to_device(copies[i], at::kLong, device));
    plan.tokens.push_back(to_device(tokens[i], at::kLong, device));
  }
  plan.query_ends = to_device(plan.host_query_ends, at::kInt, device);
  plan.key_ends = to_device(plan.host_key_ends, at::kInt, device);
  return plan;
}

// All blocks of a forward pass, and all of its backward pass, ask for the same plan: each thread keeps its last one. It
// is never freed, because device memory must not be returned after the device's library has shut down.
const Plan &plan_of(const std::vector<int64_t> &segments, int64_t row_tokens, at::Device device) {
  thread_local Plan *last = nullptr;
  thread_local int64_t last_tokens = -1;
  if (last == nullptr || last_tokens != row_tokens || last->device != device || last->segments != segments) {
    auto next = make_plan(segments, row_tokens, device);
    if (last == nullptr) {
      last = new Plan();
    }
    *last = std::move(next);
    last_tokens = row_tokens;
  }
  return *last;
}

// ---- one call over all sequences ----

struct Mixed {
  at::Tensor out, lse, seed,
      offset; // seed and offset of a dropout that we do not use; the flash kernel's backward asks for them
};

// What stands in for the flash kernel on the CPU: sequence by sequence, in the wide type. lse is [heads, queries].
at::Tensor scores_of(const at::Tensor &q, const at::Tensor &k, const AttentionShape &shape) {
  const auto per_key = shape.heads / shape.key_heads;
  const auto queries = q.size(0), keys = k.size(0);
  const auto rows = q.transpose(0, 1).reshape({shape.key_heads, per_key * queries, shape.width});
  const auto scores =
      matmul_by_libtorch(rows, k.permute({1, 2, 0})).reshape({shape.heads, queries, keys}) * shape.scale;
  const auto index = q.options().dtype(at::kLong);
  const auto distance = at::arange(keys - queries, keys, index).unsqueeze(1) - at::arange(keys, index).unsqueeze(0);
  auto hidden = distance.lt(0);
  if (shape.window > 0) {
    hidden = hidden.logical_or(distance.ge(shape.window));
  }
  return scores.masked_fill(hidden, -std::numeric_limits<double>::infinity());
}

// [heads, queries, D] of the key heads' [keys, key heads, D], each repeated for the heads that share it.
at::Tensor by_head(const at::Tensor &t, const AttentionShape &shape) {
  return t.transpose(0, 1).repeat_interleave(shape.heads / shape.key_heads, 0);
}

at::Tensor shared(const at::Tensor &by_heads, const AttentionShape &shape) {
  return by_heads.reshape({shape.key_heads, shape.heads / shape.key_heads, by_heads.size(1), shape.width})
      .sum(1)
      .transpose(0, 1);
}

template <typename Body> void each_sequence(const Plan &plan, Body &&body) {
  for (size_t i = 0; i + 1 < plan.host_query_ends.size(); i++) {
    const auto q = plan.host_query_ends[i], queries = plan.host_query_ends[i + 1] - q, k = plan.host_key_ends[i],
               keys = plan.host_key_ends[i + 1] - k;
    body([=](const at::Tensor &t) { return t.narrow(0, q, queries); },
         [=](const at::Tensor &t) { return t.narrow(0, k, keys); });
  }
}

Mixed loop_forward(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const Plan &plan,
                   const AttentionShape &shape) {
  const auto wide = wide_type(q);
  std::vector<at::Tensor> outs, lses;
  each_sequence(plan, [&](auto of_queries, auto of_keys) {
    const auto scores = scores_of(of_queries(q).to(wide), of_keys(k).to(wide), shape);
    const auto lse = scores.logsumexp(-1);
    outs.push_back(
        matmul_by_libtorch((scores - lse.unsqueeze(-1)).exp(), by_head(of_keys(v).to(wide), shape)).transpose(0, 1));
    lses.push_back(lse);
  });
  return {at::cat(outs).to(q.scalar_type()), at::cat(lses, 1), at::Tensor(), at::Tensor()};
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> loop_backward(const at::Tensor &grad, const at::Tensor &q,
                                                             const at::Tensor &k, const at::Tensor &v,
                                                             const Mixed &mixed, const Plan &plan,
                                                             const AttentionShape &shape) {
  const auto wide = wide_type(q);
  std::vector<at::Tensor> grads_q, grads_k, grads_v;
  int64_t done = 0;
  each_sequence(plan, [&](auto of_queries, auto of_keys) {
    const auto qs = of_queries(q).to(wide), ks = of_keys(k).to(wide), vs = of_keys(v).to(wide),
               gs = of_queries(grad).to(wide).transpose(0, 1);
    const auto weights = (scores_of(qs, ks, shape) - mixed.lse.narrow(1, done, qs.size(0)).unsqueeze(-1)).exp();
    const auto delta = (gs * of_queries(mixed.out).to(wide).transpose(0, 1)).sum(-1, /*keepdim=*/true);
    const auto grad_scores =
        weights * (matmul_by_libtorch(gs, by_head(vs, shape).transpose(1, 2)) - delta) * shape.scale;
    grads_q.push_back(matmul_by_libtorch(grad_scores, by_head(ks, shape)).transpose(0, 1));
    grads_k.push_back(shared(matmul_by_libtorch(grad_scores.transpose(1, 2), qs.transpose(0, 1)), shape));
    grads_v.push_back(shared(matmul_by_libtorch(weights.transpose(1, 2), gs), shape));
    done += qs.size(0);
  });
  return {at::cat(grads_q).to(q.scalar_type()), at::cat(grads_k).to(k.scalar_type()),
          at::cat(grads_v).to(v.scalar_type())};
}

#if TS_TORCH_AT_LEAST(2, 5)
constexpr int64_t kFlashWidthStep = 8;

std::optional<int64_t> left_of(const AttentionShape &shape) {
  return shape.window > 0 ? std::optional<int64_t>(shape.window - 1) : std::nullopt;
}
std::optional<int64_t> right_of(const AttentionShape &shape) {
  return shape.window > 0 ? std::optional<int64_t>(0) : std::nullopt;
}

// Heads without gaps and of a width that the kernel takes; zeros change no score.
at::Tensor for_flash(const at::Tensor &t) {
  const auto missing = (kFlashWidthStep - t.size(2) % kFlashWidthStep) % kFlashWidthStep;
  return missing == 0 ? (t.stride(2) == 1 ? t : t.contiguous()) : at::constant_pad_nd(t, {0, missing});
}

Mixed flash_forward(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const Plan &plan,
                    const AttentionShape &shape) {
  const auto [out, lse, seed, offset, none] =
      at::_flash_attention_forward(for_flash(q), for_flash(k), for_flash(v), std::optional<at::Tensor>(plan.query_ends),
                                   std::optional<at::Tensor>(plan.key_ends), plan.longest_queries, plan.longest_keys,
                                   /*dropout_p=*/0.0, /*is_causal=*/true, /*return_debug_mask=*/false,
                                   std::optional<double>(shape.scale), left_of(shape), right_of(shape));
  return {out, lse, seed, offset};
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> flash_backward(const at::Tensor &grad, const at::Tensor &q,
                                                              const at::Tensor &k, const at::Tensor &v,
                                                              const Mixed &mixed, const Plan &plan,
                                                              const AttentionShape &shape) {
  const auto [grad_q, grad_k, grad_v] =
      at::_flash_attention_backward(for_flash(grad), for_flash(q), for_flash(k), for_flash(v), mixed.out, mixed.lse,
                                    plan.query_ends, plan.key_ends, plan.longest_queries, plan.longest_keys,
                                    /*dropout_p=*/0.0, /*is_causal=*/true, mixed.seed, mixed.offset,
                                    std::optional<double>(shape.scale), left_of(shape), right_of(shape));
  return {grad_q.narrow(2, 0, shape.width), grad_k.narrow(2, 0, shape.width), grad_v.narrow(2, 0, shape.width)};
}
#endif

Mixed mixed_forward(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const Plan &plan,
                    const AttentionShape &shape) {
#if TS_TORCH_AT_LEAST(2, 5)
  if (has_flash_attention(q, shape)) {
    return flash_forward(q, k, v, plan, shape);
  }
#endif
  return loop_forward(q, k, v, plan, shape);
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> mixed_backward(const at::Tensor &grad, const at::Tensor &q,
                                                              const at::Tensor &k, const at::Tensor &v,
                                                              const Mixed &mixed, const Plan &plan,
                                                              const AttentionShape &shape) {
#if TS_TORCH_AT_LEAST(2, 5)
  if (has_flash_attention(q, shape)) {
    return flash_backward(grad, q, k, v, mixed, plan, shape);
  }
#endif
  return loop_backward(grad, q, k, v, mixed, plan, shape);
}

// ---- between the packed row and the sequences ----

at::Tensor in_sequences(const at::Tensor &row, const Plan &plan) {
  return plan.queries.defined() ? row.index_select(0, plan.queries) : row;
}

at::Tensor in_row(const at::Tensor &sequences, const Plan &plan, int64_t row_tokens) {
  if (!plan.queries.defined()) {
    return sequences;
  }
  auto row = at::zeros({row_tokens, sequences.size(1), sequences.size(2)}, sequences.options());
  return row.index_copy_(0, plan.queries, sequences);
}

// Gathered keys' gradients added up per token, in the wide type and in a fixed order: the token's own, then its copies
// response by response.
at::Tensor gathered_back(const at::Tensor &grad, const Plan &plan, int64_t row_tokens) {
  auto sum = in_row(grad.index_select(0, plan.own), plan, row_tokens).to(wide_type(grad));
  for (size_t i = 0; i < plan.copies.size(); i++) {
    sum.index_add_(0, plan.tokens[i], grad.index_select(0, plan.copies[i]).to(sum.scalar_type()));
  }
  return sum.to(grad.scalar_type());
}

struct VarlenAttention : torch::autograd::Function<VarlenAttention> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &q_row, const at::Tensor &k_row,
                            const at::Tensor &v_row, const at::Tensor &cos, const at::Tensor &sin,
                            const std::vector<int64_t> &segments, const AttentionShape &shape) {
    const auto tokens = q_row.size(0);
    const auto &plan = plan_of(segments, tokens, q_row.device());
    const auto q = in_sequences(rotated(q_row, cos, sin, 1), plan), k = rotated(k_row, cos, sin, 1);
    const auto mixed = mixed_forward(q, k.index_select(0, plan.keys), v_row.index_select(0, plan.keys), plan, shape);
    const auto nothing = at::empty({0}, q.options());
    context->save_for_backward({q, k, v_row, cos, sin, mixed.out, mixed.lse,
                                mixed.seed.defined() ? mixed.seed : nothing,
                                mixed.offset.defined() ? mixed.offset : nothing});
    context->saved_data["segments"] = segments;
    context->saved_data["sizes"] = std::vector<int64_t>{shape.width, shape.heads, shape.key_heads, shape.window};
    context->saved_data["scale"] = shape.scale;
    return in_row(mixed.out.size(2) == shape.width ? mixed.out : mixed.out.narrow(2, 0, shape.width).contiguous(), plan,
                  tokens);
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const auto &q = saved[0], &k = saved[1], &v = saved[2], &cos = saved[3], &sin = saved[4];
    const Mixed mixed{saved[5], saved[6], saved[7], saved[8]};
    const auto sizes = context->saved_data["sizes"].toIntVector();
    const AttentionShape shape{sizes[0], sizes[1], sizes[2], sizes[3], context->saved_data["scale"].toDouble(), 0};
    const auto tokens = v.size(0);
    const auto segments = context->saved_data["segments"].toIntVector();
    const auto &plan = plan_of(segments, tokens, v.device());
    const auto [grad_q, grad_k, grad_v] = mixed_backward(in_sequences(grads[0], plan), q, k.index_select(0, plan.keys),
                                                         v.index_select(0, plan.keys), mixed, plan, shape);
    return {rotated(in_row(grad_q, plan, tokens), cos, sin, -1),
            rotated(gathered_back(grad_k, plan, tokens), cos, sin, -1),
            gathered_back(grad_v, plan, tokens),
            at::Tensor(),
            at::Tensor(),
            at::Tensor(),
            at::Tensor()};
  }
};

} // namespace

bool has_flash_attention(const at::Tensor &q, const AttentionShape &shape) {
#if TS_TORCH_AT_LEAST(2, 5)
  constexpr int64_t widest_head = 256;
  return q.is_cuda() && (q.scalar_type() == at::kBFloat16 || q.scalar_type() == at::kHalf) &&
         shape.width <= widest_head && shape.soft_cap == 0;
#else
  (void)q;
  (void)shape;
  return false;
#endif
}

at::Tensor rotated(const at::Tensor &x, const at::Tensor &cos, const at::Tensor &sin, double sign) {
  const auto half = cos.size(1);
  if (half == 0) {
    return x;
  }
  const auto c = cos.unsqueeze(1).to(x.scalar_type()), s = sin.unsqueeze(1).to(x.scalar_type());
  const auto a = x.narrow(2, 0, half), b = x.narrow(2, half, half);
  auto out = at::empty(x.sizes(), x.options());
  auto first = out.narrow(2, 0, half), second = out.narrow(2, half, half);
  at::mul_out(first, a, c).addcmul_(b, s, -sign);
  at::mul_out(second, b, c).addcmul_(a, s, sign);
  if (const auto rest = x.size(2) - 2 * half; rest > 0) {
    out.narrow(2, 2 * half, rest).copy_(x.narrow(2, 2 * half, rest));
  }
  return out;
}

at::Tensor varlen_attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const at::Tensor &cos,
                            const at::Tensor &sin, const std::vector<int64_t> &segments, const AttentionShape &shape) {
  TORCH_CHECK(shape.soft_cap == 0, "attention in one call has no soft cap");
  return segments.empty() ? q * 0 : VarlenAttention::apply(q, k, v, cos, sin, segments, shape);
}

} // namespace tspin
