#include "ops/nccl.h"
#include "ops/guard.h"

#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <dlfcn.h>

#include <algorithm>
#include <thread>

namespace tspin {
namespace {

// From nccl.h, whose values have not changed since NCCL 2.0 (bfloat16 apart, which is moved as bytes here).
enum NcclType : int { nccl_uint8 = 1, nccl_int64 = 4, nccl_float32 = 7, nccl_float64 = 8 };
constexpr int nccl_sum = 0;
constexpr int nccl_success = 0, nccl_in_progress = 7;

// From cuda.h.
constexpr int cuda_success = 0, cuda_not_ready = 600;
constexpr unsigned stream_non_blocking = 1, event_without_timing = 2;

struct UniqueId {
  char bytes[128];
};

// Never destroyed, as the functions are not.
std::string &wanted_library() {
  static auto *const name = new std::string;
  return *name;
}

// The functions of both libraries, by name. Streams and events come from CUDA's driver, whose library has one name in
// all versions; a stream of the driver is one of the runtime, which libtorch uses.
struct Functions {
  int (*get_unique_id)(UniqueId *);
  int (*comm_init_rank)(void **comm, int size, UniqueId id, int rank);
  int (*comm_destroy)(void *comm);
  int (*comm_abort)(void *comm);
  int (*comm_get_async_error)(void *comm, int *error);
  const char *(*get_error_string)(int result);
  int (*all_reduce)(const void *from, void *to, size_t count, int type, int operation, void *comm, void *stream);
  int (*reduce)(const void *from, void *to, size_t count, int type, int operation, int root, void *comm, void *stream);
  int (*broadcast)(const void *from, void *to, size_t count, int type, int root, void *comm, void *stream);
  int (*all_gather)(const void *from, void *to, size_t count, int type, void *comm, void *stream);
  int (*reduce_scatter)(const void *from, void *to, size_t count, int type, int operation, void *comm, void *stream);

  int (*device_get)(int *device, int ordinal);
  int (*primary_context)(void **context, int device);
  int (*set_context)(void *context);
  int (*stream_create)(void **stream, unsigned flags);
  int (*stream_destroy)(void *stream);
  int (*stream_wait_event)(void *stream, void *event, unsigned flags);
  int (*event_create)(void **event, unsigned flags);
  int (*event_destroy)(void *event);
  int (*event_record)(void *event, void *stream);
  int (*event_query)(void *event);

  std::string missing;

  Functions() {
    if (wanted_library() == "off") {
      missing = "TSPIN_NCCL is off";
      return;
    }
    auto *nccl = open(wanted_library().empty() ? "libnccl.so.2" : wanted_library().c_str()),
         *driver = open("libcuda.so.1");
    find(nccl, "ncclGetUniqueId", get_unique_id);
    find(nccl, "ncclCommInitRank", comm_init_rank);
    find(nccl, "ncclCommDestroy", comm_destroy);
    find(nccl, "ncclCommAbort", comm_abort);
    find(nccl, "ncclCommGetAsyncError", comm_get_async_error);
    find(nccl, "ncclGetErrorString", get_error_string);
    find(nccl, "ncclAllReduce", all_reduce);
    find(nccl, "ncclReduce", reduce);
    find(nccl, "ncclBroadcast", broadcast);
    find(nccl, "ncclAllGather", all_gather);
    find(nccl, "ncclReduceScatter", reduce_scatter);
    find(driver, "cuDeviceGet", device_get);
    find(driver, "cuDevicePrimaryCtxRetain", primary_context);
    find(driver, "cuCtxSetCurrent", set_context);
    find(driver, "cuStreamCreate", stream_create);
    find(driver, "cuStreamDestroy_v2", stream_destroy);
    find(driver, "cuStreamWaitEvent", stream_wait_event);
    find(driver, "cuEventCreate", event_create);
    find(driver, "cuEventDestroy_v2", event_destroy);
    find(driver, "cuEventRecord", event_record);
    find(driver, "cuEventQuery", event_query);
  }

private:
  // Stays open: what runs on a GPU may outlive every group.
  void *open(const char *name) {
    if (!missing.empty()) {
      return nullptr;
    }
    auto *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      const auto *why = dlerror();
      missing = why != nullptr ? why : name;
    }
    return library;
  }

  template <typename Function> void find(void *library, const char *name, Function &function) {
    function = library != nullptr ? reinterpret_cast<Function>(dlsym(library, name)) : nullptr;
    if (function == nullptr && missing.empty()) {
      missing = std::string(name) + " is not in its library";
    }
  }
};

const Functions &functions() {
  static const Functions all;
  return all;
}

void check_nccl(const char *what, int result) {
  TORCH_CHECK(result == nccl_success, "NCCL: ", what, ": ", functions().get_error_string(result));
}

void check_cuda(const char *what, int result) {
  TORCH_CHECK(result == cuda_success, "CUDA: ", what, ": error ", result);
}

int type_of(const at::Tensor &tensor) {
  switch (tensor.scalar_type()) {
  case at::kFloat: return nccl_float32;
  case at::kDouble: return nccl_float64;
  case at::kLong: return nccl_int64;
  default: return nccl_uint8;
  }
}

size_t count_of(const at::Tensor &tensor) { return static_cast<size_t>(tensor.numel()); }

} // namespace

void NcclGroup::use(const std::string &library) { wanted_library() = library; }

std::string NcclGroup::missing() { return functions().missing; }

NcclGroup::Id NcclGroup::make_id() {
  UniqueId made;
  check_nccl("an id", functions().get_unique_id(&made));
  Id id;
  std::copy(std::begin(made.bytes), std::end(made.bytes), id.begin());
  return id;
}

NcclGroup::NcclGroup(at::Device device, int32_t rank, int32_t size, const Id &id, std::chrono::milliseconds timeout)
    : device_(device), timeout_(timeout) {
  const c10::DeviceGuard on(device_);
  int handle;
  check_cuda("the device", functions().device_get(&handle, device_.index()));
  check_cuda("its context", functions().primary_context(&context_, handle));
  enter();
  check_cuda("a stream", functions().stream_create(&stream_, stream_non_blocking));
  UniqueId told;
  std::copy(id.begin(), id.end(), std::begin(told.bytes));
  const auto result = functions().comm_init_rank(&comm_, size, told, rank);
  if (result != nccl_success) {
    comm_ = nullptr;
    functions().stream_destroy(stream_);
    check_nccl("meeting the other processes", result);
  }
}

NcclGroup::~NcclGroup() {
  if (comm_ != nullptr) {
    functions().comm_destroy(comm_);
  }
  functions().stream_destroy(stream_);
}

NcclGroup::Finish NcclGroup::all_reduce(const at::Tensor &tensor) {
  return begin([&] {
    return functions().all_reduce(tensor.data_ptr(), tensor.data_ptr(), count_of(tensor), type_of(tensor), nccl_sum,
                                  comm_, stream_);
  });
}

NcclGroup::Finish NcclGroup::reduce(const at::Tensor &tensor, int32_t root) {
  return begin([&] {
    return functions().reduce(tensor.data_ptr(), tensor.data_ptr(), count_of(tensor), type_of(tensor), nccl_sum, root,
                              comm_, stream_);
  });
}

NcclGroup::Finish NcclGroup::broadcast(const at::Tensor &tensor, int32_t root) {
  return begin([&] {
    return functions().broadcast(tensor.data_ptr(), tensor.data_ptr(), count_of(tensor), type_of(tensor), root, comm_,
                                 stream_);
  });
}

NcclGroup::Finish NcclGroup::all_gather(const at::Tensor &part, const at::Tensor &whole) {
  return begin([&] {
    return functions().all_gather(part.data_ptr(), whole.data_ptr(), count_of(part), type_of(part), comm_, stream_);
  });
}

NcclGroup::Finish NcclGroup::reduce_scatter(const at::Tensor &whole, const at::Tensor &part) {
  return begin([&] {
    return functions().reduce_scatter(whole.data_ptr(), part.data_ptr(), count_of(part), type_of(part), nccl_sum, comm_,
                                      stream_);
  });
}

template <typename Launch> NcclGroup::Finish NcclGroup::begin(Launch &&launch) {
  TORCH_CHECK(comm_ != nullptr, "NCCL: an operation of this group has failed; there will be no other");
  const c10::DeviceGuard on(device_);
  enter();
  void *made = nullptr;
  check_cuda("an event", functions().event_create(&made, event_without_timing));
  const std::shared_ptr<void> event(made, [](void *done) { functions().event_destroy(done); });

  // What the tensors hold is written by libtorch's stream. Its default one is the driver's null stream; of others no
  // handle is known without CUDA's headers, and they are waited for here.
  const c10::impl::VirtualGuardImpl streams(device_.type());
  const auto computing = streams.getStream(device_);
  if (computing.id() == 0) {
    check_cuda("an event", functions().event_record(event.get(), nullptr));
    check_cuda("waiting for an event", functions().stream_wait_event(stream_, event.get(), 0));
  } else {
    computing.synchronize();
  }
  check_nccl("beginning", launch());
  check_cuda("an event", functions().event_record(event.get(), stream_));
  return [this, event] { finish(event.get()); };
}

// The context of the device, for this thread: libtorch makes it current only when it does something there.
void NcclGroup::enter() { check_cuda("the context", functions().set_context(context_)); }

// Waits in this thread, so that a process that is gone is noticed: the GPU itself would wait for it for ever.
void NcclGroup::finish(void *event) {
  const c10::DeviceGuard on(device_);
  enter();
  const auto end = std::chrono::steady_clock::now() + timeout_;
  while (true) {
    const auto status = functions().event_query(event);
    if (status == cuda_success) {
      return;
    }
    int error = nccl_success;
    if (status == cuda_not_ready && comm_ != nullptr) {
      check_nccl("asking for errors", functions().comm_get_async_error(comm_, &error));
    }
    const auto failed = error != nccl_success && error != nccl_in_progress;
    if (status != cuda_not_ready || comm_ == nullptr || failed || std::chrono::steady_clock::now() > end) {
      abort();
      check_cuda("an operation", status == cuda_not_ready ? cuda_success : status);
      check_nccl("an operation", failed ? error : nccl_success);
      TORCH_CHECK(false, "NCCL: an operation did not end within ", timeout_.count() / 1000.0, " s");
    }
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

void NcclGroup::abort() noexcept {
  if (comm_ != nullptr) {
    functions().comm_abort(comm_);
    comm_ = nullptr;
  }
}

} // namespace tspin

int32_t ts_require_nccl(TS_ERROR_ARGS) {
  return tspin::guard("require_nccl", {}, error, error_capacity, [] {
    const auto why = tspin::NcclGroup::missing();
    TORCH_CHECK(why.empty(), why);
  });
}
