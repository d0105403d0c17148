// Creation, properties and copies of tensors.
#include "ops/guard.h"

#include <cstring>
#include <limits>

using namespace tspin;

void ts_free(ts_tensor tensor) {
  if (tensor != nullptr) {
    live_tensors.fetch_sub(1, std::memory_order_relaxed);
    delete &unwrap(tensor);
  }
}

int32_t ts_from_data(const void *data, int64_t bytes, const int64_t *shape, int32_t rank, int32_t dtype, int32_t device,
                     ts_tensor *out, TS_ERROR_ARGS) {
  return guard("from_data", {}, error, error_capacity, [&] {
    // Counted before allocating: the shape may come from a damaged file.
    const auto type = scalar_type(dtype);
    auto needed = static_cast<int64_t>(at::elementSize(type));
    for (int32_t i = 0; i < rank; i++) {
      TORCH_CHECK(shape[i] >= 0, "shape ", sizes(shape, rank), " has a negative size");
      TORCH_CHECK(shape[i] == 0 || needed <= std::numeric_limits<int64_t>::max() / shape[i], "shape ",
                  sizes(shape, rank), " overflows");
      needed *= shape[i];
    }
    TORCH_CHECK(needed == bytes, "shape ", sizes(shape, rank), " of ", type, " takes ", needed, " bytes but ", bytes,
                " were given");
    auto tensor = at::empty(sizes(shape, rank), options(dtype, -1));
    if (bytes > 0) {
      std::memcpy(tensor.data_ptr(), data, static_cast<size_t>(bytes));
    }
    *out = wrap(tensor.to(device_of(device)));
  });
}

int32_t ts_full(const int64_t *shape, int32_t rank, double value, int32_t dtype, int32_t device, ts_tensor *out,
                TS_ERROR_ARGS) {
  return guard("full", {}, error, error_capacity,
               [&] { *out = wrap(at::full(sizes(shape, rank), value, options(dtype, device))); });
}

int32_t ts_empty(const int64_t *shape, int32_t rank, int32_t dtype, int32_t device, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("empty", {}, error, error_capacity,
               [&] { *out = wrap(at::empty(sizes(shape, rank), options(dtype, device))); });
}

int32_t ts_arange(double start, double end, double step, int32_t dtype, int32_t device, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("arange", {}, error, error_capacity,
               [&] { *out = wrap(at::arange(start, end, step, options(dtype, device))); });
}

int32_t ts_rank(ts_tensor tensor, int32_t *rank, TS_ERROR_ARGS) {
  return guard("rank", {tensor}, error, error_capacity, [&] { *rank = static_cast<int32_t>(unwrap(tensor).dim()); });
}

int32_t ts_shape(ts_tensor tensor, int64_t *shape, int32_t rank, TS_ERROR_ARGS) {
  return guard("shape", {tensor}, error, error_capacity, [&] {
    TORCH_CHECK(rank == unwrap(tensor).dim(), "the tensor has rank ", unwrap(tensor).dim(), ", not ", rank);
    for (int32_t i = 0; i < rank; i++) {
      shape[i] = unwrap(tensor).size(i);
    }
  });
}

int32_t ts_dtype_of(ts_tensor tensor, int32_t *dtype, TS_ERROR_ARGS) {
  return guard("dtype_of", {tensor}, error, error_capacity, [&] { *dtype = dtype_code(unwrap(tensor).scalar_type()); });
}

int32_t ts_device_of(ts_tensor tensor, int32_t *device, TS_ERROR_ARGS) {
  return guard("device_of", {tensor}, error, error_capacity, [&] {
    const auto where = unwrap(tensor).device();
    *device = where.is_cpu() ? -1 : where.index();
  });
}

int32_t ts_release_memory_(ts_tensor tensor, TS_ERROR_ARGS) {
  return guard("release_memory_", {tensor}, error, error_capacity, [&] {
    auto *storage = unwrap(tensor).storage().unsafeGetStorageImpl();
    storage->set_data_ptr_noswap(at::DataPtr(nullptr, storage->device()));
    storage->set_nbytes(0);
  });
}

int32_t ts_take_memory_(ts_tensor tensor, TS_ERROR_ARGS) {
  return guard("take_memory_", {tensor}, error, error_capacity, [&] {
    const auto &whole = unwrap(tensor);
    auto *storage = whole.storage().unsafeGetStorageImpl();
    TORCH_CHECK(whole.storage_offset() == 0 && whole.is_contiguous(), "memory is taken for a whole tensor");
    TORCH_CHECK(storage->nbytes() == 0, "the tensor has its memory already");
    const auto bytes = static_cast<size_t>(whole.numel()) * whole.element_size();
    storage->set_data_ptr_noswap(storage->allocator()->allocate(bytes));
    storage->set_nbytes(bytes);
  });
}

int32_t ts_is_contiguous(ts_tensor tensor, int32_t *contiguous, TS_ERROR_ARGS) {
  return guard("is_contiguous", {tensor}, error, error_capacity,
               [&] { *contiguous = unwrap(tensor).is_contiguous() ? 1 : 0; });
}

int32_t ts_copy_out(ts_tensor tensor, void *data, int64_t bytes, TS_ERROR_ARGS) {
  return guard("copy_out", {tensor}, error, error_capacity, [&] {
    const auto plain = unwrap(tensor).detach().to(at::kCPU).contiguous();
    TORCH_CHECK(static_cast<int64_t>(plain.nbytes()) == bytes, "the tensor holds ", plain.nbytes(),
                " bytes but the buffer ", bytes);
    if (bytes > 0) {
      std::memcpy(data, plain.data_ptr(), static_cast<size_t>(bytes));
    }
  });
}

int32_t ts_data(ts_tensor tensor, void **data, TS_ERROR_ARGS) {
  return guard("data", {tensor}, error, error_capacity, [&] {
    TORCH_CHECK(unwrap(tensor).is_cpu() && unwrap(tensor).is_contiguous(),
                "only a contiguous CPU tensor has an address");
    *data = unwrap(tensor).data_ptr();
  });
}

int32_t ts_item(ts_tensor tensor, double *value, TS_ERROR_ARGS) {
  return guard("item", {tensor}, error, error_capacity, [&] { *value = unwrap(tensor).item().toDouble(); });
}

int32_t ts_to(ts_tensor tensor, int32_t dtype, int32_t device, int32_t copy, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("to", {tensor}, error, error_capacity, [&] {
    *out = wrap(unwrap(tensor).to(device_of(device), scalar_type(dtype), /*non_blocking=*/false, copy != 0));
  });
}

int32_t ts_clone(ts_tensor tensor, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("clone", {tensor}, error, error_capacity, [&] { *out = wrap(unwrap(tensor).clone()); });
}

int32_t ts_detach(ts_tensor tensor, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("detach", {tensor}, error, error_capacity, [&] { *out = wrap(unwrap(tensor).detach()); });
}

int32_t ts_alias(ts_tensor tensor, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("alias", {tensor}, error, error_capacity, [&] { *out = wrap(at::Tensor(unwrap(tensor))); });
}

int32_t ts_contiguous(ts_tensor tensor, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("contiguous", {tensor}, error, error_capacity, [&] { *out = wrap(unwrap(tensor).contiguous()); });
}

int32_t ts_copy_(ts_tensor self, ts_tensor source, TS_ERROR_ARGS) {
  return guard("copy_", {self, source}, error, error_capacity, [&] { unwrap(self).copy_(unwrap(source)); });
}

int32_t ts_fill_(ts_tensor self, double value, TS_ERROR_ARGS) {
  return guard("fill_", {self}, error, error_capacity, [&] { unwrap(self).fill_(value); });
}
