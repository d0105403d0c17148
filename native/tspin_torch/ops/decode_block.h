// A decoder's blocks and one step through them, as ts_decode is given them.
#pragma once

#include "ops/packed_weight.h"

#include <algorithm>
#include <array>
#include <vector>

namespace tspin::decoding {

// The projections in the order in which a step reads them.
enum Part { kQuery, kKey, kValue, kOutput, kGate, kUp, kDown, kParts };

// W x + lora_scale B A x + bias. Undefined what there is not.
struct Projection {
  const at::Tensor *weight, *bias, *lora_a, *lora_b;
  double lora_scale;
  PackedWeight packed; // its blocks null where there is none

  int64_t outputs() const { return weight->size(0); }
  int64_t depth() const { return weight->size(1); }
  int64_t rank() const { return lora_a->defined() ? lora_a->size(0) : 0; }
};

struct Block {
  std::array<Projection, kParts> projections;
  const at::Tensor *norm_before_attention, *query_norm, *key_norm, *norm_after_attention, *norm_before_inner,
      *norm_after_inner;
  at::Tensor keys, values, cos, sin;
  int64_t heads, key_heads, head, capacity, window;
  double epsilon, scale, soft_cap, residual;
  bool plus_one, norm_per_head;

  const Projection &of(Part part) const { return projections[part]; }
  int64_t queries() const { return heads * head; }
  int64_t all_heads() const { return (heads + 2 * key_heads) * head; }
  int64_t inner() const { return of(kGate).outputs(); }
  int64_t first_key(int64_t position) const { return window > 0 ? std::max<int64_t>(0, position + 1 - window) : 0; }
};

struct Step {
  std::vector<Block> blocks;
  at::Tensor hidden;
  const int64_t *positions;
  int64_t rows, width;

  // Multiplications of a block's attention.
  int64_t attended(const Block &block) const {
    int64_t keys = 0;
    for (int64_t row = 0; row < rows; row++) {
      keys += positions[row] + 1 - block.first_key(positions[row]);
    }
    return 2 * keys * block.queries();
  }

  // Multiplications of the step.
  int64_t work() const {
    int64_t result = 0;
    for (const auto &block : blocks) {
      result += attended(block);
      for (const auto &projection : block.projections) {
        result += rows * (projection.outputs() * projection.depth() +
                          projection.rank() * (projection.outputs() + projection.depth()));
      }
    }
    return result;
  }

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
