// A decoder's blocks and one step through them, as ts_decode is given them.
#pragma once

#include "ops/packed_weight.h"

#include <algorithm>
#include <array>
#include <vector>

namespace tspin::decoding {

// Positions in `weights`; see tspin_torch.h.
enum Part {
  kBeforeAttention,
  kQuery,
  kKey,
  kValue,
  kQueryBias,
  kKeyBias,
  kValueBias,
  kQueryNorm,
  kKeyNorm,
  kOutput,
  kAfterAttention,
  kBeforeInner,
  kGate,
  kUp,
  kDown,
  kAfterInner,
  kWeights
};

// The projections in the order in which a step reads them.
constexpr Part kProjections[] = {kQuery, kKey, kValue, kOutput, kGate, kUp, kDown};

struct Block {
  // Undefined where there is none. packed_bytes: the weight of the same number as ts_pack_weights makes it; packed: the
  // same, found once a step, its blocks null where there is none.
  std::array<const at::Tensor *, kWeights> weights, packed_bytes, lora_a, lora_b;
  std::array<PackedWeight, kWeights> packed{};
  const double *lora_scale;
  at::Tensor keys, values, cos, sin;
  int64_t heads, key_heads, head, capacity, window;
  double epsilon, scale, soft_cap, residual;
  bool plus_one, norm_per_head;

  // Where packed_bytes are what they should be.
  void find_packed() {
    std::transform(packed_bytes.begin(), packed_bytes.end(), packed.begin(),
                   [](const at::Tensor *bytes) { return bytes->defined() ? packed_weight(*bytes) : PackedWeight{}; });
  }

  const at::Tensor &w(Part part) const { return *weights[part]; }
  int64_t queries() const { return heads * head; }
  int64_t all_heads() const { return (heads + 2 * key_heads) * head; }
  int64_t inner() const { return w(kGate).size(0); }
  int64_t rank(Part part) const { return lora_a[part]->defined() ? lora_a[part]->size(0) : 0; }
  int64_t first_key(int64_t position) const { return window > 0 ? std::max<int64_t>(0, position + 1 - window) : 0; }
};

struct Step {
  std::vector<Block> blocks;
  at::Tensor hidden;
  const int64_t *positions;
  int64_t rows, width;

  // The most that any block says.
  template <typename Size> int64_t most(Size &&size) const {
    int64_t result = 0;
    for (const auto &block : blocks) {
      result = std::max<int64_t>(result, size(block));
    }
    return result;
  }
};

// A block with its packed weights, all of it checked against the step.
Block block_of(const ts_decode_block &given, const Step &step);

} // namespace tspin::decoding
