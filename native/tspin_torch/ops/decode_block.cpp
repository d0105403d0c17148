// Reading a decoder's blocks, and what they must be.
#include "ops/decode_block.h"

namespace tspin::decoding {
namespace {

void check(const Step &step, const Block &block) {
  const auto &w = block.weights;
  const auto type = step.hidden.scalar_type();
  for (const auto required : kProjections) {
    TORCH_CHECK(w[required]->defined() && w[required]->dim() == 2, "weight ", static_cast<int>(required),
                " is missing or no matrix");
  }
  for (size_t i = 0; i < w.size(); i++) {
    TORCH_CHECK(!w[i]->defined() || (w[i]->is_cpu() && w[i]->is_contiguous() && w[i]->scalar_type() == type), "weight ",
                i, " must be contiguous, on the CPU and of the hidden states' type");
  }
  TORCH_CHECK(block.keys.dim() == 4 && block.keys.sizes() == block.values.sizes() && block.keys.is_contiguous() &&
                  block.values.is_contiguous() && block.keys.scalar_type() == type &&
                  block.values.scalar_type() == type && block.keys.size(0) >= step.rows,
              "keys and values must be [N or more, key heads, capacity, D], contiguous, of the hidden states' type");
  TORCH_CHECK(block.heads > 0 && block.key_heads > 0 && block.heads % block.key_heads == 0,
              "the number of key heads must divide the number of heads");
  TORCH_CHECK(!block.cos.defined() || (block.cos.dim() == 2 && block.cos.sizes() == block.sin.sizes() &&
                                       block.cos.size(0) == step.rows && 2 * block.cos.size(1) <= block.head),
              "cos and sin must be [N, R/2]");
  const auto queries = block.queries(), keys = block.key_heads * block.head, width = step.width;
  const auto is = [&](Part part, int64_t out, int64_t in) {
    return block.w(part).size(0) == out && block.w(part).size(1) == in;
  };
  TORCH_CHECK(is(kQuery, queries, width) && is(kKey, keys, width) && is(kValue, keys, width) &&
                  is(kOutput, width, queries) && is(kGate, block.w(kUp).size(0), width) &&
                  is(kUp, block.w(kUp).size(0), width) && is(kDown, width, block.w(kUp).size(0)),
              "the weights do not fit one another");
  for (const auto part : kProjections) {
    const auto &a = *block.lora_a[part], &b = *block.lora_b[part];
    const auto fits = [&](const at::Tensor &factor, int64_t out, int64_t in) {
      return factor.defined() && factor.is_cpu() && factor.is_contiguous() && factor.scalar_type() == type &&
             factor.dim() == 2 && factor.size(0) == out && factor.size(1) == in && out > 0;
    };
    TORCH_CHECK((!a.defined() && !b.defined()) ||
                    (a.defined() && a.dim() == 2 && fits(a, a.size(0), block.w(part).size(1)) &&
                     fits(b, block.w(part).size(0), a.size(0))),
                "the low-rank factors of weight ", static_cast<int>(part),
                " must be [r, in] and [out, r], contiguous, on the CPU and of the hidden states' type");
  }
  const auto can_pack =
      with_type(step.hidden, [](auto element) { return kernels().of<decltype(element)>().few_rows.packed != nullptr; });
  for (size_t i = 0; i < w.size(); i++) {
    const auto &packed = *block.packed_bytes[i];
    TORCH_CHECK(!packed.defined() || (can_pack && w[i]->defined() && w[i]->dim() == 2 &&
                                      is_packed(packed, w[i]->size(0), w[i]->size(1), type)),
                "packed weight ", i, " is not what ts_pack_weights makes of the weight");
  }
  const auto vector = [&](Part part, int64_t n) {
    TORCH_CHECK(!block.w(part).defined() || block.w(part).numel() == n, "weight ", static_cast<int>(part),
                " must have ", n, " elements");
  };
  for (const auto norm : {kBeforeAttention, kAfterAttention, kBeforeInner, kAfterInner}) {
    vector(norm, width);
  }
  vector(kQueryBias, queries);
  vector(kKeyBias, keys);
  vector(kValueBias, keys);
  vector(kQueryNorm, block.norm_per_head ? block.head : queries);
  vector(kKeyNorm, block.norm_per_head ? block.head : keys);
  for (int64_t row = 0; row < step.rows; row++) {
    TORCH_CHECK(step.positions[row] >= 0 && step.positions[row] < block.capacity, "position ", step.positions[row],
                " of row ", row, " is outside the cache of ", block.capacity);
  }
}

} // namespace

Block block_of(const ts_decode_block &given, const Step &step) {
  static const at::Tensor none;
  const auto angles = [&](ts_tensor of) {
    return of == nullptr ? at::Tensor() : unwrap(of).to(wide_type(step.hidden)).contiguous();
  };
  Block block;
  const auto all = [&](const ts_tensor *from, std::array<const at::Tensor *, kWeights> &to) {
    std::transform(from, from + kWeights, to.begin(), [](ts_tensor of) { return of == nullptr ? &none : &unwrap(of); });
  };
  all(given.weights, block.weights);
  all(given.packed, block.packed_bytes);
  all(given.lora_a, block.lora_a);
  all(given.lora_b, block.lora_b);
  block.lora_scale = given.lora_scale;
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
  check(step, block);
  block.find_packed();
  return block;
}

} // namespace tspin::decoding
