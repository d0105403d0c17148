// The library itself: version, threads, allocator thresholds, and how exceptions become messages.
#include "kernels/choice.h"
#include "ops/fused.h"
#include "ops/nccl.h"
#include "ops/tensor_memory.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/DeviceGuard.h>
#include <torch/csrc/api/include/torch/cuda.h>
#include <torch/version.h>

#include <dlfcn.h>

#include <cstring>
#include <limits>
#include <new>
#include <sstream>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace tspin {

std::atomic<int64_t> live_tensors{0};

namespace {

void copy_text(const std::string &text, char *target, int64_t capacity) {
  if (target == nullptr || capacity <= 0) {
    return;
  }
  const auto length = std::min<size_t>(text.size(), static_cast<size_t>(capacity - 1));
  std::memcpy(target, text.data(), length);
  target[length] = '\0';
}

std::string describe(ts_tensor handle) {
  if (handle == nullptr) {
    return "none";
  }
  const auto &tensor = unwrap(handle);
  if (!tensor.defined()) {
    return "undefined";
  }
  const char *names[] = {"float32", "bfloat16", "float64", "int64", "bool", "float16", "int32", "uint8"};
  std::ostringstream text;
  try {
    text << names[dtype_code(tensor.scalar_type())];
  } catch (...) {
    text << tensor.scalar_type();
  }
  text << " [";
  for (int64_t i = 0; i < tensor.dim(); i++) {
    text << (i > 0 ? ", " : "") << tensor.size(i);
  }
  text << "]";
  if (!tensor.is_cpu()) {
    text << " " << tensor.device();
  }
  return text.str();
}

} // namespace

int32_t report(const char *operation, std::initializer_list<ts_tensor> arguments, char *error,
               int64_t capacity) noexcept {
  int32_t status = TS_UNKNOWN;
  try {
    std::string reason = "unknown exception";
    try {
      throw;
    } catch (const c10::Error &e) {
      status = TS_LIBTORCH;
      reason = e.what_without_backtrace();
      if (reason.find("out of memory") != std::string::npos ||
          reason.find("can't allocate memory") != std::string::npos) {
        status = TS_OUT_OF_MEMORY;
      }
    } catch (const std::bad_alloc &e) {
      status = TS_OUT_OF_MEMORY;
      reason = e.what();
    } catch (const std::exception &e) {
      status = TS_LIBTORCH;
      reason = e.what();
    } catch (...) {
    }
    std::string text = operation;
    text += "(";
    bool first = true;
    for (auto argument : arguments) {
      text += (first ? "" : ", ") + describe(argument);
      first = false;
    }
    text += "): " + reason;
    copy_text(text, error, capacity);
  } catch (...) {
    copy_text(operation, error, capacity);
  }
  return status;
}

at::ScalarType scalar_type(int32_t dtype) {
  switch (dtype) {
  case TS_FLOAT32: return at::kFloat;
  case TS_BFLOAT16: return at::kBFloat16;
  case TS_FLOAT64: return at::kDouble;
  case TS_INT64: return at::kLong;
  case TS_BOOL: return at::kBool;
  case TS_FLOAT16: return at::kHalf;
  case TS_INT32: return at::kInt;
  case TS_UINT8: return at::kByte;
  default: TORCH_CHECK(false, "unknown dtype code ", dtype);
  }
}

int32_t dtype_code(at::ScalarType type) {
  switch (type) {
  case at::kFloat: return TS_FLOAT32;
  case at::kBFloat16: return TS_BFLOAT16;
  case at::kDouble: return TS_FLOAT64;
  case at::kLong: return TS_INT64;
  case at::kBool: return TS_BOOL;
  case at::kHalf: return TS_FLOAT16;
  case at::kInt: return TS_INT32;
  case at::kByte: return TS_UINT8;
  default: TORCH_CHECK(false, "dtype ", type, " has no code in this interface");
  }
}

at::Device device_of(int32_t device) {
  // A DeviceIndex is 8 bits wide: 256 would wrap around to device 0.
  TORCH_CHECK(device <= std::numeric_limits<c10::DeviceIndex>::max(), "there is no CUDA device number ", device);
  return device < 0 ? at::Device(at::kCPU) : at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device));
}

at::TensorOptions options(int32_t dtype, int32_t device) {
  return at::TensorOptions().dtype(scalar_type(dtype)).device(device_of(device));
}

std::vector<at::Tensor> list_of(const ts_tensor *tensors, int32_t count) {
  std::vector<at::Tensor> list;
  list.reserve(static_cast<size_t>(count));
  for (int32_t i = 0; i < count; i++) {
    list.push_back(unwrap(tensors[i]));
  }
  return list;
}

} // namespace tspin

using namespace tspin;

int32_t ts_abi_version(void) { return TS_ABI_VERSION; }

int64_t ts_live_tensors(void) { return live_tensors.load(std::memory_order_relaxed); }

int32_t ts_versions(char *version, int64_t version_capacity, char *configuration, int64_t configuration_capacity,
                    TS_ERROR_ARGS) {
  return guard("versions", {}, error, error_capacity, [&] {
    copy_text(TORCH_VERSION, version, version_capacity);
    copy_text(at::show_config() + at::get_parallel_info(), configuration, configuration_capacity);
  });
}

int32_t ts_set_threads(int32_t threads, TS_ERROR_ARGS) {
  return guard("set_threads", {}, error, error_capacity, [&] { at::set_num_threads(threads); });
}

int32_t ts_get_threads(int32_t *threads, TS_ERROR_ARGS) {
  return guard("get_threads", {}, error, error_capacity, [&] { *threads = at::get_num_threads(); });
}

int32_t ts_configure(const char *kernels, int32_t own_heap, const char *nccl, TS_ERROR_ARGS) {
  return guard("configure", {}, error, error_capacity, [&] {
    NcclGroup::use(nccl);
    want_kernels(kernels);
    tspin::kernels(); // a set that cannot run would else be found out in the middle of the work
    if (own_heap == 0) {
      return;
    }
#if defined(__GLIBC__)
    // By default glibc returns every block over 128 KiB to the kernel at once, and each new tensor pays for fresh
    // zeroed pages.
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 2147483647);
    mallopt(M_TOP_PAD, 64 << 20);
#endif
    use_tensor_heap();
  });
}

int32_t ts_cuda_device_count(int32_t *count, TS_ERROR_ARGS) {
  return guard("cuda_device_count", {}, error, error_capacity,
               [&] { *count = torch::cuda::is_available() ? static_cast<int32_t>(torch::cuda::device_count()) : 0; });
}

int32_t ts_synchronize(int32_t device, TS_ERROR_ARGS) {
  return guard("synchronize", {}, error, error_capacity, [&] {
    if (device >= 0) {
      torch::cuda::synchronize(device);
    }
  });
}

namespace {

// A function of a library that libtorch has loaded, so that we need neither CUDA's headers nor its toolkit. A library's
// own needs are searched too.
template <typename Function> Function function_of(const char *library, const char *name) {
  void *handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
  TORCH_CHECK(handle != nullptr, library, " cannot be loaded");
  auto *address = dlsym(handle, name);
  TORCH_CHECK(address != nullptr, library, " has no ", name);
  return reinterpret_cast<Function>(address);
}

} // namespace

int32_t ts_cuda_properties(int32_t device, char *name, int64_t name_capacity, int64_t *free, int64_t *total,
                           TS_ERROR_ARGS) {
  return guard("cuda_properties", {}, error, error_capacity, [&] {
    TORCH_CHECK(torch::cuda::is_available() && device >= 0 &&
                    device < static_cast<int64_t>(torch::cuda::device_count()),
                "there is no CUDA device number ", device);
    const c10::DeviceGuard on(device_of(device));
    size_t free_bytes = 0, total_bytes = 0;
    const auto status =
        function_of<int (*)(size_t *, size_t *)>("libtorch_cuda.so", "cudaMemGetInfo")(&free_bytes, &total_bytes);
    TORCH_CHECK(status == 0, "cudaMemGetInfo answers ", status);
    *free = static_cast<int64_t>(free_bytes);
    *total = static_cast<int64_t>(total_bytes);
    char text[256] = "";
    int number = 0;
    if (function_of<int (*)(int *, int)>("libcuda.so.1", "cuDeviceGet")(&number, device) == 0 &&
        function_of<int (*)(char *, int, int)>("libcuda.so.1", "cuDeviceGetName")(text, sizeof(text), number) == 0) {
      copy_text(text, name, name_capacity);
    } else {
      copy_text("unknown", name, name_capacity);
    }
  });
}

int32_t ts_kernel_set(char *name, int64_t name_capacity, char *known, int64_t known_capacity, TS_ERROR_ARGS) {
  return guard("kernel_set", {}, error, error_capacity, [&] {
    copy_text(known_kernels(), known, known_capacity);
    copy_text(kernels().name, name, name_capacity);
  });
}

int32_t ts_use_kernels(int32_t on, int32_t *previous, TS_ERROR_ARGS) {
  return guard("use_kernels", {}, error, error_capacity,
               [&] { *previous = (on < 0 ? kernels_on() : use_kernels(on != 0)) ? 1 : 0; });
}
