// Attention over a packed row of tokens: prompts once, each followed by its responses, no padding and no mask.
#include "ops/fused.h"
#include "ops/libtorch_products.h"
#include "ops/varlen.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

using namespace tspin;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

using Shape = AttentionShape;

// Segments of one prompt, itself first.
std::vector<std::vector<Segment>> families_of(const std::vector<int64_t> &numbers) {
  std::vector<std::vector<Segment>> families;
  for (size_t i = 0; i < numbers.size(); i += 3) {
    if (numbers[i + 2] < 0) {
      families.emplace_back();
    }
    families.back().push_back({numbers[i], numbers[i + 1], numbers[i + 2]});
  }
  return families;
}

// A tensor [T, heads, D] whose heads lie without gaps; copied only if they do not.
at::Tensor readable(const at::Tensor &t) { return t.stride(2) == 1 || t.size(2) == 1 ? t : t.contiguous(); }

template <typename S>
AttentionTask<S> task_of(const std::vector<Segment> &family, const Shape &shape, int64_t key_head, const at::Tensor &q,
                         const at::Tensor &k, const at::Tensor &v, const at::Tensor &cos, const at::Tensor &sin,
                         const at::Tensor &out, const at::Tensor &lse) {
  using A = typename Wide<S>::type;
  const auto per_key = shape.heads / shape.key_heads, head = key_head * per_key;
  AttentionTask<S> task{};
  task.segments = family.data();
  task.count = static_cast<int64_t>(family.size());
  task.width = shape.width;
  task.heads = per_key;
  task.turned = 2 * cos.size(1);
  task.window = shape.window;
  task.scale = shape.scale;
  task.soft_cap = shape.soft_cap;
  task.q = data<S>(q) + head * q.stride(1);
  task.k = data<S>(k) + key_head * k.stride(1);
  task.v = data<S>(v) + key_head * v.stride(1);
  task.q_token = q.stride(0);
  task.q_head = q.stride(1);
  task.k_token = k.stride(0);
  task.v_token = v.stride(0);
  task.cos = data<A>(cos);
  task.sin = data<A>(sin);
  task.out = data<S>(out) + head * shape.width;
  task.lse = data<A>(lse) + head;
  task.out_token = shape.heads * shape.width;
  task.lse_token = shape.heads;
  task.grad_k_token = shape.key_heads * shape.width;
  return task;
}

struct SegmentAttention : torch::autograd::Function<SegmentAttention> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &q_any, const at::Tensor &k_any,
                            const at::Tensor &v_any, const at::Tensor &cos, const at::Tensor &sin,
                            const std::vector<int64_t> &segments, const Shape &shape) {
    const auto q = readable(q_any), k = readable(k_any), v = readable(v_any);
    const auto tokens = q.size(0);
    auto out = at::zeros({tokens, shape.heads, shape.width}, q.options());
    auto lse = at::zeros({tokens, shape.heads}, q.options().dtype(wide_type(q)));
    const auto families = families_of(segments);
    with_type(q, [&](auto element) {
      using S = decltype(element);
      using A = typename Wide<S>::type;
      const auto &table = kernels().of<S>();
      each_task(static_cast<int64_t>(families.size()) * shape.key_heads, q.numel() * q.size(0), [&](int64_t i) {
        const auto task =
            task_of<S>(families[i / shape.key_heads], shape, i % shape.key_heads, q, k, v, cos, sin, out, lse);
        const auto scratch = scratch_for<A>(table.attention_scratch(task));
        table.attention(task, scratch.get());
      });
    });
    context->save_for_backward({q, k, v, cos, sin, out, lse});
    context->saved_data["segments"] = segments;
    context->saved_data["sizes"] = std::vector<int64_t>{shape.width, shape.heads, shape.key_heads, shape.window};
    context->saved_data["scale"] = shape.scale;
    context->saved_data["soft_cap"] = shape.soft_cap;
    return out;
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const auto &q = saved[0], &k = saved[1], &v = saved[2], &cos = saved[3], &sin = saved[4], &out = saved[5],
               &lse = saved[6];
    const auto sizes = context->saved_data["sizes"].toIntVector();
    const Shape shape{sizes[0],
                      sizes[1],
                      sizes[2],
                      sizes[3],
                      context->saved_data["scale"].toDouble(),
                      context->saved_data["soft_cap"].toDouble()};
    const auto families = families_of(context->saved_data["segments"].toIntVector());
    const auto grad = grads[0].contiguous();
    auto grad_q = at::zeros(q.sizes(), q.options()), grad_k = at::zeros(k.sizes(), k.options()),
         grad_v = at::zeros(v.sizes(), v.options());
    with_type(q, [&](auto element) {
      using S = decltype(element);
      using A = typename Wide<S>::type;
      const auto &table = kernels().of<S>();
      each_task(static_cast<int64_t>(families.size()) * shape.key_heads, q.numel() * q.size(0), [&](int64_t i) {
        const auto key_head = i % shape.key_heads;
        auto task = task_of<S>(families[i / shape.key_heads], shape, key_head, q, k, v, cos, sin, out, lse);
        const auto head = key_head * task.heads * shape.width;
        task.grad_out = data<S>(grad) + head;
        task.grad_q = data<S>(grad_q) + head;
        task.grad_k = data<S>(grad_k) + key_head * shape.width;
        task.grad_v = data<S>(grad_v) + key_head * shape.width;
        const auto scratch = scratch_for<A>(table.attention_scratch(task));
        table.attention_grad(task, scratch.get());
      });
    });
    return {grad_q, grad_k, grad_v, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

at::Tensor turned(const at::Tensor &x, const at::Tensor &cos, const at::Tensor &sin) {
  const auto half = cos.size(1);
  const auto c = cos.unsqueeze(1).to(x.scalar_type()), s = sin.unsqueeze(1).to(x.scalar_type());
  const auto a = x.narrow(2, 0, half), b = x.narrow(2, half, half);
  return at::cat({a * c - b * s, b * c + a * s, x.narrow(2, 2 * half, x.size(2) - 2 * half)}, 2);
}

// The same from libtorch's own operations, segment by segment: for devices without kernels, and what the kernels are
// tested against.
at::Tensor attention_composed(const at::Tensor &q_in, const at::Tensor &k_in, const at::Tensor &v,
                              const at::Tensor &cos, const at::Tensor &sin, const std::vector<int64_t> &segments,
                              const Shape &shape) {
  const auto q = turned(q_in, cos, sin), k = turned(k_in, cos, sin);
  const auto wide = wide_type(q);
  const auto per_key = shape.heads / shape.key_heads;
  const auto of = [](const at::Tensor &t, const Segment &s) {
    return t.narrow(0, s.start, s.length).transpose(0, 1);
  }; // [heads, length, D]
  std::vector<at::Tensor> places, parts;
  for (const auto &family : families_of(segments)) {
    const auto &prompt = family[0];
    for (const auto &segment : family) {
      const auto before = segment.parent < 0 ? 0 : prompt.length;
      auto keys = of(k, segment), values = of(v, segment);
      if (before > 0) {
        keys = at::cat({of(k, prompt), keys}, 1);
        values = at::cat({of(v, prompt), values}, 1);
      }
      const auto queries =
          (of(q, segment) * shape.scale).reshape({shape.key_heads, per_key * segment.length, shape.width});
      auto scores = matmul_by_libtorch(queries, keys.transpose(1, 2))
                        .to(wide)
                        .reshape({shape.key_heads, per_key, segment.length, before + segment.length});
      if (shape.soft_cap != 0) {
        scores = (scores / shape.soft_cap).tanh() * shape.soft_cap;
      }
      const auto index = q.options().dtype(at::kLong);
      const auto distance = at::arange(before, before + segment.length, index).unsqueeze(1) -
                            at::arange(before + segment.length, index).unsqueeze(0);
      auto hidden = distance.lt(0);
      if (shape.window > 0) {
        hidden = hidden.logical_or(distance.ge(shape.window));
      }
      const auto weights =
          scores.masked_fill(hidden, -std::numeric_limits<double>::infinity()).softmax(-1).to(q.scalar_type());
      const auto mixed = matmul_by_libtorch(weights.reshape({shape.key_heads, per_key * segment.length, -1}), values);
      parts.push_back(mixed.reshape({shape.heads, segment.length, shape.width}).transpose(0, 1));
      places.push_back(at::arange(segment.start, segment.start + segment.length, index));
    }
  }
  return at::zeros({q.size(0), shape.heads, shape.width}, q.options()).index_copy(0, at::cat(places), at::cat(parts));
}

void check(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const at::Tensor &cos,
           const std::vector<int64_t> &segments) {
  TORCH_CHECK(q.dim() == 3 && k.dim() == 3 && k.sizes() == v.sizes() && q.size(0) == k.size(0) &&
                  q.size(2) == k.size(2),
              "q is [T, heads, D], k and v are [T, key heads, D]");
  TORCH_CHECK(k.size(1) > 0 && q.size(1) % k.size(1) == 0, "the number of key heads must divide the number of heads");
  TORCH_CHECK(cos.dim() == 2 && cos.size(0) == q.size(0) && 2 * cos.size(1) <= q.size(2), "cos and sin are [T, R/2]");
  int64_t prompt = -1;
  for (size_t i = 0; i < segments.size(); i += 3) {
    const auto start = segments[i], length = segments[i + 1], parent = segments[i + 2],
               number = static_cast<int64_t>(i / 3);
    TORCH_CHECK(length > 0 && start >= 0 && start + length <= q.size(0), "segment ", number,
                " lies outside the tokens or is empty");
    TORCH_CHECK(parent < 0 || parent == prompt, "segment ", number, " must follow its prompt");
    prompt = parent < 0 ? number : prompt;
  }
}

} // namespace

int32_t ts_segment_attention(ts_tensor q, ts_tensor k, ts_tensor v, ts_tensor cos, ts_tensor sin,
                             const int64_t *segments, int32_t count, double scale, int64_t window, double soft_cap,
                             int32_t composed, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("segment_attention", {q, k, v, cos, sin}, error, error_capacity, [&] {
    const auto &queries = unwrap(q), &keys = unwrap(k), &values = unwrap(v);
    const std::vector<int64_t> list(segments, segments + 3 * static_cast<size_t>(count));
    // No angles are angles of no numbers: autograd cannot keep undefined tensors.
    const auto none = at::empty({queries.dim() == 3 ? queries.size(0) : 0, 0}, queries.options().requires_grad(false));
    const auto c = cos == nullptr ? none : unwrap(cos), s = sin == nullptr ? none : unwrap(sin);
    check(queries, keys, values, c, list);
    const Shape shape{queries.size(2), queries.size(1), keys.size(1), window, scale, soft_cap};
    if (composed == TS_COMPOSED_IN_ONE_CALL || (composed == 0 && kernels_on() && has_flash_attention(queries, shape))) {
      *out = wrap(varlen_attention(queries, keys, values, c, s, list, shape));
      return;
    }
    if (composed != 0 || !has_kernels(queries)) {
      *out = wrap(attention_composed(queries, keys, values, c, s, list, shape));
      return;
    }
    const auto wide = wide_type(queries);
    const auto angle = [&](const at::Tensor &t) { return t.detach().to(wide).contiguous(); };
    *out = wrap(SegmentAttention::apply(queries, keys, values, angle(c), angle(s), list, shape));
  });
}
