// What ts_pack_weights makes of a weight: a row of bytes that says what it is, so that no other can be taken for it.
#pragma once

#include "ops/fused.h"

#include <cstring>

namespace tspin {

constexpr int64_t kPackedOutputs = 32,
                  kPackedLine = 64; // outputs of a block; bytes, at multiples of which blocks begin

struct PackedHeader {
  int64_t outputs, depth, element_bytes, size; // size: of all, in bytes

  int64_t blocks() const { return (outputs + kPackedOutputs - 1) / kPackedOutputs; }
  // The header, then where each block begins and the last one ends.
  int64_t first_block() const {
    return (static_cast<int64_t>(sizeof(PackedHeader)) + (blocks() + 1) * static_cast<int64_t>(sizeof(int64_t)) +
            kPackedLine - 1) /
           kPackedLine * kPackedLine;
  }
};

inline bool is_packed(const at::Tensor &packed, int64_t outputs, int64_t depth, at::ScalarType type) {
  PackedHeader header;
  if (!packed.is_cpu() || packed.scalar_type() != at::kByte || !packed.is_contiguous() ||
      packed.numel() < static_cast<int64_t>(sizeof(header))) {
    return false;
  }
  std::memcpy(&header, packed.data_ptr(), sizeof(header));
  return header.outputs == outputs && header.depth == depth &&
         header.element_bytes == static_cast<int64_t>(c10::elementSize(type)) && header.size == packed.numel();
}

// Of a tensor that is_packed.
inline PackedWeight packed_weight(const at::Tensor &packed) {
  const auto *bytes = data<uint8_t>(packed);
  const auto *header = reinterpret_cast<const PackedHeader *>(bytes);
  return {bytes + header->first_block(), reinterpret_cast<const int64_t *>(bytes + sizeof(PackedHeader)),
          header->outputs, header->depth};
}

} // namespace tspin
