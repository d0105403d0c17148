// One block of a decoder for one new token per row, in place: no graph, no views, no copies of the cache.
#include "fused.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <memory>

using namespace tspin;

namespace {

// Positions in `weights`; see tspin_torch.h.
enum { kBeforeAttention, kQuery, kKey, kValue, kQueryBias, kKeyBias, kValueBias, kQueryNorm, kKeyNorm, kOutput, kAfterAttention, kBeforeInner, kGate, kUp, kDown, kAfterInner, kWeights };

constexpr int64_t kOutputs = 32; // columns of one task: what the product's kernel takes at once, so that a sum does not depend on the threads

struct Block {
  std::vector<at::Tensor> weights, packed; // packed: undefined, or the weight of the same number as ts_pack_weights makes it
  at::Tensor hidden, keys, values, cos, sin;
  const int64_t *positions;
  int64_t rows, width, heads, key_heads, head, capacity, window;
  double epsilon, scale, soft_cap, residual;
  bool plus_one, norm_per_head;
};

// out[r, o] = sum over d of x[r, d] w[o, d]; rows of out are out_row apart.
template <typename S> struct Product {
  const at::Tensor &w, &packed; // packed may be undefined
  S *out;
  int64_t out_row;
};

// Products of the same rows with several weights; afterwards finish(begin, end) for ranges of the columns of the first weight, when those columns of all weights of
// its size are there. Tasks take a like share of every weight, so that a short one does not fall to the first thread alone.
template <typename S, typename Finish> void products(const at::Tensor &x, const std::vector<Product<S>> &list, Finish &&finish) {
  const auto rows = x.size(0), depth = x.size(1);
  if constexpr (std::is_same_v<S, Bf16>) {
    if (rows <= kernels().few_rows) {
      const auto tasks_of = [](const Product<S> &product) { return (product.w.size(0) + kOutputs - 1) / kOutputs; };
      const auto tasks = tasks_of(list[0]);
      at::parallel_for(0, tasks, 1, [&](int64_t begin, int64_t end) {
        const auto column = [&](const Product<S> &product, int64_t task) { return std::min(product.w.size(0), tasks_of(product) * task / tasks * kOutputs); };
        for (const auto &product : list) {
          const auto from = column(product, begin), to = column(product, end);
          if (product.packed.defined()) {
            kernels().packed_product(data<Bf16>(product.packed), from, to, data<Bf16>(x), rows, depth, product.out, product.out_row);
            continue;
          }
          kernels().few_rows_product(data<Bf16>(product.w) + from * depth, to - from, data<Bf16>(x), rows, depth, product.out + from, product.out_row);
        }
        finish(column(list[0], begin), column(list[0], end));
      });
      return;
    }
  }
  for (const auto &product : list) {
    const auto outputs = product.w.size(0);
    auto out = at::from_blob(product.out, {rows, outputs}, {product.out_row, 1}, x.options());
    at::mm_out(out, x, product.w.t());
  }
  finish(0, list[0].w.size(0));
}

template <typename S> void normalize(const Block &block, const at::Tensor &w, const S *x, int64_t rows, int64_t width, S *y) {
  using A = typename Wide<S>::type;
  std::vector<A> unused(static_cast<size_t>(rows));
  kernels().of<S>().rms_norm(x, data<S>(w), rows, width, block.epsilon, block.plus_one, y, unused.data());
}

// hidden += factor * w(x), through a norm where there is one.
template <typename S> void add_product(const Block &block, const at::Tensor &x, int which, const at::Tensor &norm, S *buffer) {
  using A = typename Wide<S>::type;
  const auto width = block.width;
  const auto &w = block.weights[which], &packed = block.packed[which];
  auto *hidden = data<S>(block.hidden);
  const auto add = [&](int64_t begin, int64_t end) {
    for (int64_t row = 0; row < block.rows; row++) {
      kernels().of<S>().add_scaled(hidden + row * width + begin, buffer + row * width + begin, end - begin, A(block.residual));
    }
  };
  if (!norm.defined()) {
    products<S>(x, {{w, packed, buffer, width}}, add);
    return;
  }
  products<S>(x, {{w, packed, buffer, width}}, [](int64_t, int64_t) {});
  normalize(block, norm, buffer, block.rows, width, buffer);
  add(0, width);
}

template <typename S> void attend(const Block &block, const at::Tensor &mixed, S *query, S *key, S *value, int64_t token) {
  using A = typename Wide<S>::type;
  const auto &kernel = kernels().of<S>();
  const auto &w = block.weights;
  const auto head = block.head, group = block.heads / block.key_heads, half = block.cos.defined() ? block.cos.size(1) : 0;
  const auto bias = [](const at::Tensor &b, S *x, int64_t n) {
    if (b.defined()) {
      kernels().of<S>().add_scaled(x, data<S>(b), n, A(1));
    }
  };
  const auto norm = [&](const at::Tensor &n, S *x, int64_t heads) {
    if (n.defined()) {
      normalize(block, n, x, block.norm_per_head ? heads : 1, block.norm_per_head ? head : heads * head, x);
    }
  };
  for (int64_t row = 0; row < block.rows; row++) {
    auto *q = query + row * token, *k = key + row * token, *v = value + row * token;
    bias(w[kQueryBias], q, block.heads * head);
    bias(w[kKeyBias], k, block.key_heads * head);
    bias(w[kValueBias], v, block.key_heads * head);
    norm(w[kQueryNorm], q, block.heads);
    norm(w[kKeyNorm], k, block.key_heads);
    if (half > 0) {
      const auto *cos = data<A>(block.cos) + row * half, *sin = data<A>(block.sin) + row * half;
      kernel.turn_heads(q, block.heads, head, half, cos, sin);
      kernel.turn_heads(k, block.key_heads, head, half, cos, sin);
    }
    for (int64_t h = 0; h < block.key_heads; h++) {
      const auto slot = ((row * block.key_heads + h) * block.capacity + block.positions[row]) * head;
      std::copy_n(k + h * head, head, data<S>(block.keys) + slot);
      std::copy_n(v + h * head, head, data<S>(block.values) + slot);
    }
  }
  each_task(block.rows * block.key_heads, [&](int64_t n) {
    const auto row = n / block.key_heads, h = n % block.key_heads, last = block.positions[row];
    const auto first = block.window > 0 ? std::max<int64_t>(0, last + 1 - block.window) : 0;
    const auto slot = (n * block.capacity + first) * head;
    const DecodeTask<S> task{head, group, last + 1 - first, query + row * token + h * group * head, data<S>(block.keys) + slot, data<S>(block.values) + slot, block.scale,
                             block.soft_cap, data<S>(mixed) + (row * block.heads + h * group) * head};
    const auto scratch = scratch_for<A>(kernel.decode_scratch(task));
    kernel.decode_attention(task, scratch.get());
  });
}

template <typename S> void run(const Block &block) {
  const auto &w = block.weights;
  const auto rows = block.rows, width = block.width, queries = block.heads * block.head, keys = block.key_heads * block.head, inner = w[kGate].size(0);
  const auto buffer = [&](int64_t columns) { return at::empty({rows, columns}, block.hidden.options()); };
  const auto normed = buffer(width), projected = buffer(queries + 2 * keys), mixed = buffer(queries), added = buffer(width), gate = buffer(inner), up = buffer(inner);
  const auto *hidden = data<S>(block.hidden);
  const auto read = [&](const at::Tensor &norm) {
    if (norm.defined()) {
      normalize(block, norm, hidden, rows, width, data<S>(normed));
      return normed;
    }
    return block.hidden;
  };

  const auto &k = block.packed;
  auto *q = data<S>(projected);
  const auto all = queries + 2 * keys;
  products<S>(read(w[kBeforeAttention]), {{w[kQuery], k[kQuery], q, all}, {w[kKey], k[kKey], q + queries, all}, {w[kValue], k[kValue], q + queries + keys, all}}, [](int64_t, int64_t) {});
  attend(block, mixed, q, q + queries, q + queries + keys, all);
  add_product(block, mixed, kOutput, w[kAfterAttention], data<S>(added));

  auto *g = data<S>(gate);
  const auto *u = data<S>(up);
  products<S>(read(w[kBeforeInner]), {{w[kGate], k[kGate], g, inner}, {w[kUp], k[kUp], data<S>(up), inner}}, [&](int64_t begin, int64_t end) {
    for (int64_t row = 0; row < rows; row++) {
      const auto at = row * inner + begin;
      kernels().of<S>().swiglu(g + at, u + at, end - begin, g + at);
    }
  });
  add_product(block, gate, kDown, w[kAfterInner], data<S>(added));
}

void check(const Block &block) {
  const auto &w = block.weights;
  for (const auto required : {kQuery, kKey, kValue, kOutput, kGate, kUp, kDown}) {
    TORCH_CHECK(w[required].defined() && w[required].dim() == 2, "weight ", static_cast<int>(required), " is missing or no matrix");
  }
  for (size_t i = 0; i < w.size(); i++) {
    TORCH_CHECK(!w[i].defined() || (w[i].is_cpu() && w[i].is_contiguous() && w[i].scalar_type() == block.hidden.scalar_type()),
                "weight ", i, " must be contiguous, on the CPU and of the hidden states' type");
  }
  const auto queries = block.heads * block.head, keys = block.key_heads * block.head, width = block.width;
  const auto is = [&](int which, int64_t out, int64_t in) { return w[which].size(0) == out && w[which].size(1) == in; };
  TORCH_CHECK(is(kQuery, queries, width) && is(kKey, keys, width) && is(kValue, keys, width) && is(kOutput, width, queries) && is(kGate, w[kUp].size(0), width) &&
                  is(kUp, w[kUp].size(0), width) && is(kDown, width, w[kUp].size(0)),
              "the weights do not fit one another");
  for (size_t i = 0; i < w.size(); i++) {
    const auto &packed = block.packed[i];
    TORCH_CHECK(!packed.defined() || (w[i].defined() && w[i].dim() == 2 && kernels().packed_product != nullptr && packed.is_cpu() && packed.is_contiguous() &&
                                      packed.scalar_type() == at::kBFloat16 && w[i].scalar_type() == at::kBFloat16 && packed.numel() == packed_size(w[i].size(0), w[i].size(1))),
                "packed weight ", i, " is not what ts_pack_weights makes of the weight");
  }
  const auto vector = [&](int which, int64_t n) { TORCH_CHECK(!w[which].defined() || w[which].numel() == n, "weight ", which, " must have ", n, " elements"); };
  for (const auto which : {kBeforeAttention, kAfterAttention, kBeforeInner, kAfterInner}) {
    vector(which, width);
  }
  vector(kQueryBias, queries);
  vector(kKeyBias, keys);
  vector(kValueBias, keys);
  vector(kQueryNorm, block.norm_per_head ? block.head : queries);
  vector(kKeyNorm, block.norm_per_head ? block.head : keys);
  for (int64_t row = 0; row < block.rows; row++) {
    TORCH_CHECK(block.positions[row] >= 0 && block.positions[row] < block.capacity, "position ", block.positions[row], " of row ", row, " is outside the cache of ", block.capacity);
  }
}

} // namespace

int32_t ts_decode_block(const ts_tensor *weights, const ts_tensor *packed, ts_tensor hidden, ts_tensor keys, ts_tensor values, const int64_t *positions, ts_tensor cos, ts_tensor sin, int32_t heads,
                        double epsilon, int32_t plus_one, double scale, int64_t window, double soft_cap, double residual_scale, int32_t norm_per_head, TS_ERROR_ARGS) {
  return guard("decode_block", {hidden, keys, values, cos, sin}, error, error_capacity, [&] {
    const c10::NoGradGuard off;
    Block block;
    for (int i = 0; i < kWeights; i++) {
      block.weights.push_back(weights[i] == nullptr ? at::Tensor() : unwrap(weights[i]).detach());
      block.packed.push_back(packed[i] == nullptr ? at::Tensor() : unwrap(packed[i]).detach());
    }
    block.hidden = unwrap(hidden).detach();
    block.keys = unwrap(keys);
    block.values = unwrap(values);
    TORCH_CHECK(has_kernels(block.hidden) && block.hidden.dim() == 2 && block.hidden.is_contiguous(), "hidden must be [N, H], contiguous, on the CPU");
    TORCH_CHECK(block.keys.dim() == 4 && block.keys.sizes() == block.values.sizes() && block.keys.is_contiguous() && block.values.is_contiguous() &&
                    block.keys.scalar_type() == block.hidden.scalar_type() && block.values.scalar_type() == block.hidden.scalar_type() &&
                    block.keys.size(0) >= block.hidden.size(0),
                "keys and values must be [N or more, key heads, capacity, D], contiguous, of the hidden states' type");
    TORCH_CHECK(heads > 0 && block.keys.size(1) > 0 && heads % block.keys.size(1) == 0, "the number of key heads must divide the number of heads");
    if (cos != nullptr) {
      block.cos = unwrap(cos).to(wide_type(block.hidden)).contiguous();
      block.sin = unwrap(sin).to(wide_type(block.hidden)).contiguous();
      TORCH_CHECK(block.cos.dim() == 2 && block.cos.sizes() == block.sin.sizes() && block.cos.size(0) == block.hidden.size(0) && 2 * block.cos.size(1) <= block.keys.size(3),
                  "cos and sin must be [N, R/2]");
    }
    block.positions = positions;
    block.rows = block.hidden.size(0);
    block.width = block.hidden.size(1);
    block.heads = heads;
    block.key_heads = block.keys.size(1);
    block.capacity = block.keys.size(2);
    block.head = block.keys.size(3);
    block.window = window;
    block.epsilon = epsilon;
    block.scale = scale;
    block.soft_cap = soft_cap;
    block.residual = residual_scale;
    block.plus_one = plus_one != 0;
    block.norm_per_head = norm_per_head != 0;
    check(block);
    with_type(block.hidden, [&](auto element) { run<decltype(element)>(block); });
  });
}
