// Views, joins and selection.
#include "ops/guard.h"

using namespace tspin;

int32_t ts_reshape(ts_tensor tensor, const int64_t *shape, int32_t rank, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("reshape", {tensor}, error, error_capacity,
               [&] { *out = wrap(unwrap(tensor).reshape(sizes(shape, rank))); });
}

int32_t ts_transpose(ts_tensor tensor, int64_t dim0, int64_t dim1, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("transpose", {tensor}, error, error_capacity,
               [&] { *out = wrap(unwrap(tensor).transpose(dim0, dim1)); });
}

int32_t ts_unsqueeze(ts_tensor tensor, int64_t dim, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("unsqueeze", {tensor}, error, error_capacity, [&] { *out = wrap(unwrap(tensor).unsqueeze(dim)); });
}

int32_t ts_squeeze(ts_tensor tensor, int64_t dim, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("squeeze", {tensor}, error, error_capacity, [&] { *out = wrap(unwrap(tensor).squeeze(dim)); });
}

int32_t ts_expand(ts_tensor tensor, const int64_t *shape, int32_t rank, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("expand", {tensor}, error, error_capacity,
               [&] { *out = wrap(unwrap(tensor).expand(sizes(shape, rank))); });
}

int32_t ts_narrow(ts_tensor tensor, int64_t dim, int64_t start, int64_t length, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("narrow", {tensor}, error, error_capacity,
               [&] { *out = wrap(unwrap(tensor).narrow(dim, start, length)); });
}

int32_t ts_select(ts_tensor tensor, int64_t dim, int64_t index, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("select", {tensor}, error, error_capacity, [&] { *out = wrap(unwrap(tensor).select(dim, index)); });
}

int32_t ts_cat(const ts_tensor *tensors, int32_t count, int64_t dim, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("cat", {count > 0 ? tensors[0] : nullptr, count > 1 ? tensors[1] : nullptr}, error, error_capacity,
               [&] { *out = wrap(at::cat(list_of(tensors, count), dim)); });
}

int32_t ts_stack(const ts_tensor *tensors, int32_t count, int64_t dim, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("stack", {count > 0 ? tensors[0] : nullptr, count > 1 ? tensors[1] : nullptr}, error, error_capacity,
               [&] { *out = wrap(at::stack(list_of(tensors, count), dim)); });
}

int32_t ts_index_select(ts_tensor tensor, int64_t dim, ts_tensor index, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("index_select", {tensor, index}, error, error_capacity,
               [&] { *out = wrap(unwrap(tensor).index_select(dim, unwrap(index))); });
}

int32_t ts_index_copy_(ts_tensor self, int64_t dim, ts_tensor index, ts_tensor source, TS_ERROR_ARGS) {
  return guard("index_copy_", {self, index, source}, error, error_capacity,
               [&] { unwrap(self).index_copy_(dim, unwrap(index), unwrap(source)); });
}

int32_t ts_scatter_(ts_tensor self, int64_t dim, ts_tensor index, ts_tensor source, TS_ERROR_ARGS) {
  return guard("scatter_", {self, index, source}, error, error_capacity,
               [&] { unwrap(self).scatter_(dim, unwrap(index), unwrap(source)); });
}

int32_t ts_index_add(ts_tensor tensor, int64_t dim, ts_tensor index, ts_tensor source, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("index_add", {tensor, index, source}, error, error_capacity,
               [&] { *out = wrap(unwrap(tensor).index_add(dim, unwrap(index), unwrap(source))); });
}

int32_t ts_gather(ts_tensor tensor, int64_t dim, ts_tensor index, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("gather", {tensor, index}, error, error_capacity,
               [&] { *out = wrap(unwrap(tensor).gather(dim, unwrap(index))); });
}

int32_t ts_masked_fill(ts_tensor tensor, ts_tensor mask, double value, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("masked_fill", {tensor, mask}, error, error_capacity, [&] {
    // libtorch 1.13 reads the first bytes of any other mask as truth values.
    TORCH_CHECK(unwrap(mask).scalar_type() == at::kBool, "the mask must be bool");
    *out = wrap(unwrap(tensor).masked_fill(unwrap(mask), value));
  });
}

int32_t ts_where(ts_tensor condition, ts_tensor yes, ts_tensor no, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("where", {condition, yes, no}, error, error_capacity,
               [&] { *out = wrap(at::where(unwrap(condition), unwrap(yes), unwrap(no))); });
}

int32_t ts_repeat_interleave(ts_tensor tensor, int64_t repeats, int64_t dim, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("repeat_interleave", {tensor}, error, error_capacity,
               [&] { *out = wrap(unwrap(tensor).repeat_interleave(repeats, dim)); });
}

int32_t ts_tril(ts_tensor tensor, int64_t diagonal, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("tril", {tensor}, error, error_capacity, [&] { *out = wrap(unwrap(tensor).tril(diagonal)); });
}
