// Reading a decoder's blocks, and what they must be.
#include "ops/decode_block.h"

namespace tspin::decoding {
namespace {

constexpr const char *kNames[kParts] = {"query", "key", "value", "output", "gate", "up", "down"};

const at::Tensor &tensor_or_none(ts_tensor handle) {
  static const at::Tensor none;
  return handle == nullptr ? none : unwrap(handle);
}

bool fits(const at::Tensor &t, const Step &step) {
  return t.is_cpu() && t.is_contiguous() && t.scalar_type() == step.hidden.scalar_type();
}

// A vector of n numbers, where there is one.
void check_vector(const char *name, const at::Tensor &t, int64_t n, const Step &step) {
  TORCH_CHECK(!t.defined() || (fits(t, step) && t.numel() == n), name, " must have ", n,
              " elements, be contiguous, on the CPU and of the hidden states' type");
}

Projection projection_of(Part part, const ts_decode_projection &given, const Step &step) {
  Projection p{&tensor_or_none(given.weight),
               &tensor_or_none(given.bias),
               &tensor_or_none(given.lora_a),
               &tensor_or_none(given.lora_b),
               given.lora_scale,
               {}};
  TORCH_CHECK(p.weight->defined() && p.weight->dim() == 2, "the weight of ", kNames[part], " is missing or no matrix");
  TORCH_CHECK(fits(*p.weight, step), "the weight of ", kNames[part],
              " must be contiguous, on the CPU and of the hidden states' type");
  const auto &a = *p.lora_a, &b = *p.lora_b;
  const auto factor = [&](const at::Tensor &t, int64_t out, int64_t in) {
    return t.defined() && fits(t, step) && t.dim() == 2 && t.size(0) == out && t.size(1) == in && out > 0;
  };
  TORCH_CHECK((!a.defined() && !b.defined()) ||
                  (a.defined() && a.dim() == 2 && factor(a, a.size(0), p.depth()) && factor(b, p.outputs(), a.size(0))),
              "the low-rank factors of ", kNames[part],
              " must be [r, in] and [out, r], contiguous, on the CPU and of the hidden states' type");
  const auto &packed = tensor_or_none(given.packed);
  if (packed.defined()) {
    const auto can_pack = with_type(
        step.hidden, [](auto element) { return kernels().of<decltype(element)>().few_rows.packed != nullptr; });
    TORCH_CHECK(can_pack && is_packed(packed, p.outputs(), p.depth(), step.hidden.scalar_type()),
                "the packed weight of ", kNames[part], " is not what ts_pack_weights makes of the weight");
    p.packed = packed_weight(packed);
  }
  return p;
}

void check(const Block &block, const Step &step) {
  TORCH_CHECK(block.keys.sizes() == block.values.sizes() && fits(block.keys, step) && fits(block.values, step) &&
                  block.keys.size(0) >= step.rows,
              "keys and values must be [N or more, key heads, capacity, D], contiguous, of the hidden states' type");
  TORCH_CHECK(block.heads > 0 && block.key_heads > 0 && block.heads % block.key_heads == 0,
              "the number of key heads must divide the number of heads");
  TORCH_CHECK(!block.cos.defined() || (block.cos.dim() == 2 && block.cos.sizes() == block.sin.sizes() &&
                                       block.cos.size(0) == step.rows && 2 * block.cos.size(1) <= block.head),
              "cos and sin must be [N, R/2]");
  const auto queries = block.queries(), keys = block.key_heads * block.head, width = step.width, inner = block.inner();
  const auto is = [&](Part part, int64_t out, int64_t in) {
    return block.of(part).outputs() == out && block.of(part).depth() == in;
  };
  TORCH_CHECK(is(kQuery, queries, width) && is(kKey, keys, width) && is(kValue, keys, width) &&
                  is(kOutput, width, queries) && is(kGate, inner, width) && is(kUp, inner, width) &&
                  is(kDown, width, inner),
              "the weights do not fit one another");
  check_vector("the norm before attention", *block.norm_before_attention, width, step);
  check_vector("the norm after attention", *block.norm_after_attention, width, step);
  check_vector("the norm before the feed-forward", *block.norm_before_inner, width, step);
  check_vector("the norm after the feed-forward", *block.norm_after_inner, width, step);
  check_vector("the norm of queries", *block.query_norm, block.norm_per_head ? block.head : queries, step);
  check_vector("the norm of keys", *block.key_norm, block.norm_per_head ? block.head : keys, step);
  for (const auto part : {kQuery, kKey, kValue}) {
    check_vector("a bias", *block.of(part).bias, block.of(part).outputs(), step);
  }
  for (const auto part : {kOutput, kGate, kUp, kDown}) {
    TORCH_CHECK(!block.of(part).bias->defined(), "there is no bias of ", kNames[part]);
  }
  for (int64_t row = 0; row < step.rows; row++) {
    TORCH_CHECK(step.positions[row] >= 0 && step.positions[row] < block.capacity, "position ", step.positions[row],
                " of row ", row, " is outside the cache of ", block.capacity);
  }
}

} // namespace

Block block_of(const ts_decode_block &given, const Step &step) {
  const auto angles = [&](ts_tensor of) {
    return of == nullptr ? at::Tensor() : unwrap(of).to(wide_type(step.hidden)).contiguous();
  };
  Block block;
  block.projections = {
      projection_of(kQuery, given.query, step), projection_of(kKey, given.key, step),
      projection_of(kValue, given.value, step), projection_of(kOutput, given.output, step),
      projection_of(kGate, given.gate, step),   projection_of(kUp, given.up, step),
      projection_of(kDown, given.down, step),
  };
  block.norm_before_attention = &tensor_or_none(given.norm_before_attention);
  block.query_norm = &tensor_or_none(given.query_norm);
  block.key_norm = &tensor_or_none(given.key_norm);
  block.norm_after_attention = &tensor_or_none(given.norm_after_attention);
  block.norm_before_inner = &tensor_or_none(given.norm_before_inner);
  block.norm_after_inner = &tensor_or_none(given.norm_after_inner);
  block.keys = unwrap(given.keys);
  block.values = unwrap(given.values);
  TORCH_CHECK(block.keys.dim() == 4, "keys must have 4 dimensions");
  block.cos = angles(given.cos);
  block.sin = angles(given.sin);
  block.heads = given.heads;
  block.key_heads = block.keys.size(1);
  block.head = block.keys.size(3);
  block.capacity = block.keys.size(2);
  block.window = given.window;
  block.epsilon = given.epsilon;
  block.scale = given.scale;
  block.soft_cap = given.soft_cap;
  block.residual = given.residual_scale;
  block.plus_one = given.plus_one != 0;
  block.norm_per_head = given.norm_per_head != 0;
  check(block, step);
  return block;
}

} // namespace tspin::decoding
