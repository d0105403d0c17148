// Process groups: libtorch's c10d over Gloo, met through a TCP store; tensors of GPUs over NCCL (nccl.h) where every
// process has it. Where this libtorch has no Gloo: process_group_absent.cpp.
#include "ops/c10d.h"
#include "ops/guard.h"
#include "ops/nccl.h"

#include <chrono>
#include <cstring>
#include <functional>
#include <map>

using namespace tspin;

#if defined(TS_GLOO)
namespace {

using std::chrono::milliseconds;

// libtorch from 2.4 on serves the store by libuv unless told otherwise, and Debian's is built without.
template <typename Options> auto without_libuv(Options &options, int) -> decltype(options.useLibUV = false, void()) {
  options.useLibUV = false;
}
template <typename Options> void without_libuv(Options &, long) {}

struct Group {
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
  int32_t rank, size;
  int next_tag = 0;
  milliseconds timeout;
  std::map<int, std::shared_ptr<NcclGroup>> gpus; // by device; none where the processes have found that they cannot
};

// An operation under way. `finish` runs once, when all its parts are there.
struct Work {
  std::vector<c10::intrusive_ptr<c10d::Work>> parts;
  std::function<void()> finish;
  std::vector<at::Tensor> kept;

  void wait() {
    for (auto &part : parts) {
      part->wait();
    }
    parts.clear();
    if (finish) {
      auto last = std::move(finish);
      finish = nullptr;
      last();
    }
    kept.clear();
  }
};

std::string here(int32_t rank) { return "here/" + std::to_string(rank); }

Group &group_of(ts_group handle) { return *reinterpret_cast<Group *>(handle); }

Work &work_of(ts_work handle) { return *reinterpret_cast<Work *>(handle); }

ts_work handed_out(std::unique_ptr<Work> work) { return reinterpret_cast<ts_work>(work.release()); }

// Gloo and NCCL see one dimension of memory, and without autograd.
at::Tensor flat(ts_tensor handle) {
  const auto &tensor = unwrap(handle);
  TORCH_CHECK(tensor.is_cpu() || tensor.is_cuda(), "a group exchanges tensors of the CPU and of CUDA");
  TORCH_CHECK(tensor.is_contiguous(), "only contiguous tensors are exchanged");
  return tensor.detach().view({-1});
}

// What is only moved is moved as bytes: Gloo knows no bfloat16.
at::Tensor bytes(ts_tensor handle) { return flat(handle).view(at::kByte); }

// A type that Gloo does not add up would be found out on its own thread, and with it the group lost.
at::Tensor summable(ts_tensor handle) {
  auto tensor = flat(handle);
  TORCH_CHECK(tensor.scalar_type() == at::kFloat || tensor.scalar_type() == at::kDouble ||
                  tensor.scalar_type() == at::kLong,
              "sums over processes are float32, float64 or int64");
  return tensor;
}

// Where a tensor is exchanged: null for Gloo.
std::shared_ptr<NcclGroup> gpu_of(const Group &group, const at::Tensor &tensor) {
  if (!tensor.is_cuda()) {
    return nullptr;
  }
  const auto found = group.gpus.find(tensor.device().index());
  TORCH_CHECK(found != group.gpus.end() && found->second != nullptr,
              "a group over Gloo exchanges tensors of the CPU; those of ", tensor.device(),
              " only where all processes have joined their GPUs over NCCL");
  return found->second;
}

ts_work handed_out(const std::shared_ptr<NcclGroup> &gpu, NcclGroup::Finish finish, std::vector<at::Tensor> kept) {
  auto work = std::make_unique<Work>();
  work->finish = [gpu, finish = std::move(finish)] { finish(); };
  work->kept = std::move(kept);
  return handed_out(std::move(work));
}

// Says something to all, and hears whether all have said yes.
bool all_agree(const Group &group, const std::string &question, bool answer) {
  group.store->set(question + "/" + std::to_string(group.rank), std::vector<uint8_t>{static_cast<uint8_t>(answer)});
  auto agreed = true;
  for (int32_t other = 0; other < group.size; other++) {
    const auto said = group.store->get(question + "/" + std::to_string(other));
    agreed = agreed && said.size() == 1 && said[0] == 1;
  }
  return agreed;
}

// Every process must have NCCL, and a GPU that no other one has: else none uses it.
std::shared_ptr<NcclGroup> joined(const Group &group, at::Device device) {
  const auto key = "nccl/" + std::to_string(group.gpus.size());
  if (!all_agree(group, key + "/has", NcclGroup::missing().empty())) {
    return nullptr;
  }
  NcclGroup::Id id;
  if (group.rank == 0) {
    id = NcclGroup::make_id();
    group.store->set(key + "/id", std::vector<uint8_t>(id.begin(), id.end()));
  } else {
    const auto told = group.store->get(key + "/id");
    TORCH_CHECK(told.size() == id.size(), "what rank 0 has told of NCCL is no id of it");
    std::copy(told.begin(), told.end(), id.begin());
  }
  std::shared_ptr<NcclGroup> gpu;
  try {
    gpu = std::make_shared<NcclGroup>(device, group.rank, group.size, id, group.timeout);
  } catch (const std::exception &) {
    // Two processes with one GPU, for one: they say so together.
  }
  return all_agree(group, key + "/joined", gpu != nullptr) ? gpu : nullptr;
}

void require_rank(const Group &group, int32_t rank) {
  TORCH_CHECK(rank >= 0 && rank < group.size, "there is no rank ", rank, " in a group of ", group.size);
}

} // namespace

int32_t ts_groups_available(int32_t *available, TS_ERROR_ARGS) {
  return guard("groups_available", {}, error, error_capacity, [&] { *available = 1; });
}

int32_t ts_group_new(const char *store_host, int32_t store_port, int32_t serves, const char *prefix, int32_t rank,
                     int32_t size, const char *device_interface, const char *device_address, int64_t timeout_ms,
                     ts_group *out, TS_ERROR_ARGS) {
  return guard("group_new", {}, error, error_capacity, [&] {
    const auto timeout = milliseconds(timeout_ms);
    c10d::TCPStoreOptions store_options;
    store_options.port = static_cast<std::uint16_t>(store_port);
    store_options.isServer = serves != 0;
    store_options.waitWorkers = false;
    store_options.timeout = timeout;
    without_libuv(store_options, 0);
    auto group = std::make_unique<Group>();
    auto store = c10::make_intrusive<c10d::TCPStore>(std::string(store_host), store_options);
    store->setTimeout(timeout);
    group->store = c10::make_intrusive<c10d::PrefixStore>(std::string(prefix), store);
    group->rank = rank;
    group->size = size;
    group->timeout = timeout;
    auto options = c10d::ProcessGroupGloo::Options::create(timeout);
    options->devices.push_back(*device_interface != '\0'
                                   ? c10d::ProcessGroupGloo::createDeviceForInterface(device_interface)
                                   : c10d::ProcessGroupGloo::createDeviceForHostname(device_address));
    // Who fails to meet the others learns from the store who is missing.
    group->store->set(here(rank), std::vector<uint8_t>{1});
    try {
      group->gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(group->store, rank, size, options);
    } catch (const std::exception &) {
      std::string missing;
      for (int32_t other = 0; other < size; other++) {
        if (!group->store->check({here(other)})) {
          missing += (missing.empty() ? "" : ", ") + std::to_string(other);
        }
      }
      TORCH_CHECK(missing.empty(), "of ", size, " processes these did not come within ", timeout_ms / 1000.0,
                  " s: rank ", missing);
      throw;
    }
    *out = reinterpret_cast<ts_group>(group.release());
  });
}

void ts_group_free(ts_group group) {
  if (group != nullptr) {
    delete &group_of(group);
  }
}

int32_t ts_group_join_device(ts_group group, int32_t device, int32_t *joined_device, TS_ERROR_ARGS) {
  return guard("group_join_device", {}, error, error_capacity, [&] {
    auto &members = group_of(group);
    const auto where = device_of(device);
    if (where.is_cuda() && members.gpus.find(where.index()) == members.gpus.end()) {
      auto gpu = joined(members, where);
      members.gpus.emplace(where.index(), std::move(gpu));
    }
    *joined_device = !where.is_cuda() || members.gpus[where.index()] != nullptr ? 1 : 0;
  });
}

int32_t ts_group_all_reduce(ts_group group, ts_tensor tensor, ts_work *out, TS_ERROR_ARGS) {
  return guard("all_reduce", {tensor}, error, error_capacity, [&] {
    std::vector<at::Tensor> list{summable(tensor)};
    if (const auto gpu = gpu_of(group_of(group), list[0])) {
      *out = handed_out(gpu, gpu->all_reduce(list[0]), list);
      return;
    }
    auto work = std::make_unique<Work>();
    work->parts.push_back(group_of(group).gloo->allreduce(list));
    *out = handed_out(std::move(work));
  });
}

int32_t ts_group_reduce(ts_group group, ts_tensor tensor, int32_t root, ts_work *out, TS_ERROR_ARGS) {
  return guard("reduce", {tensor}, error, error_capacity, [&] {
    require_rank(group_of(group), root);
    std::vector<at::Tensor> list{summable(tensor)};
    if (const auto gpu = gpu_of(group_of(group), list[0])) {
      *out = handed_out(gpu, gpu->reduce(list[0], root), list);
      return;
    }
    c10d::ReduceOptions options;
    options.rootRank = root;
    auto work = std::make_unique<Work>();
    work->parts.push_back(group_of(group).gloo->reduce(list, options));
    *out = handed_out(std::move(work));
  });
}

int32_t ts_group_broadcast(ts_group group, ts_tensor tensor, int32_t root, ts_work *out, TS_ERROR_ARGS) {
  return guard("broadcast", {tensor}, error, error_capacity, [&] {
    require_rank(group_of(group), root);
    std::vector<at::Tensor> list{bytes(tensor)};
    if (const auto gpu = gpu_of(group_of(group), list[0])) {
      *out = handed_out(gpu, gpu->broadcast(list[0], root), list);
      return;
    }
    c10d::BroadcastOptions options;
    options.rootRank = root;
    auto work = std::make_unique<Work>();
    work->parts.push_back(group_of(group).gloo->broadcast(list, options));
    *out = handed_out(std::move(work));
  });
}

// Every rank sends every other its part: Gloo's own goes through a second whole.
int32_t ts_group_all_gather(ts_group group, ts_tensor part, ts_tensor whole, ts_work *out, TS_ERROR_ARGS) {
  return guard("all_gather", {part, whole}, error, error_capacity, [&] {
    auto own = bytes(part), all = bytes(whole);
    const auto size = group_of(group).size;
    TORCH_CHECK(all.numel() == size * own.numel(), "what is gathered from ", size, " processes is ", size,
                " times a process' part");
    TORCH_CHECK(all.device() == own.device(), "what is gathered is on ", all.device(), ", a process' part on ",
                own.device());
    auto &members = group_of(group);
    if (const auto gpu = gpu_of(members, all)) {
      *out = handed_out(gpu, gpu->all_gather(own, all), {all, own});
      return;
    }
    auto rows = all.view({size, -1}).unbind(0);
    auto work = std::make_unique<Work>();
    const auto tag = members.next_tag++ & 0xffffff;
    for (int32_t other = 0; other < size; other++) {
      if (other != members.rank) {
        std::vector<at::Tensor> from{rows[static_cast<size_t>(other)]};
        work->parts.push_back(members.gloo->recv(from, other, tag));
      }
    }
    for (int32_t other = 0; other < size; other++) {
      if (other != members.rank) {
        std::vector<at::Tensor> to{own};
        work->parts.push_back(members.gloo->send(to, other, tag));
      }
    }
    std::memmove(rows[static_cast<size_t>(members.rank)].data_ptr(), own.data_ptr(), static_cast<size_t>(own.numel()));
    work->kept = {all, own};
    *out = handed_out(std::move(work));
  });
}

// Gloo of libtorch 1.13 has none, and a newer one moves as much as an all-reduce: every rank sends every other its part
// and adds up what it gets, in the order of ranks.
int32_t ts_group_reduce_scatter(ts_group group, ts_tensor whole, ts_tensor part, ts_work *out, TS_ERROR_ARGS) {
  return guard("reduce_scatter", {whole, part}, error, error_capacity, [&] {
    auto &members = group_of(group);
    auto all = summable(whole), own = summable(part);
    TORCH_CHECK(all.scalar_type() == own.scalar_type() && all.numel() == members.size * own.numel(),
                "what is scattered over ", members.size, " processes is ", members.size, " times a process' part");
    TORCH_CHECK(all.device() == own.device(), "what is scattered is on ", all.device(), ", a process' part on ",
                own.device());
    if (const auto gpu = gpu_of(members, all)) {
      *out = handed_out(gpu, gpu->reduce_scatter(all, own), {all, own});
      return;
    }
    auto rows = all.view({members.size, -1}).unbind(0);
    auto work = std::make_unique<Work>();
    std::vector<at::Tensor> received(rows);
    const auto tag = members.next_tag++ & 0xffffff;
    for (int32_t other = 0; other < members.size; other++) {
      if (other != members.rank) {
        received[static_cast<size_t>(other)] = at::empty_like(own);
        std::vector<at::Tensor> from{received[static_cast<size_t>(other)]};
        work->parts.push_back(members.gloo->recv(from, other, tag));
      }
    }
    for (int32_t other = 0; other < members.size; other++) {
      if (other != members.rank) {
        std::vector<at::Tensor> to{rows[static_cast<size_t>(other)]};
        work->parts.push_back(members.gloo->send(to, other, tag));
      }
    }
    work->kept = {all, own};
    work->finish = [own, received]() mutable {
      const at::NoGradGuard off;
      own.copy_(received[0]);
      for (size_t other = 1; other < received.size(); other++) {
        own.add_(received[other]);
      }
    };
    *out = handed_out(std::move(work));
  });
}

int32_t ts_group_barrier(ts_group group, ts_work *out, TS_ERROR_ARGS) {
  return guard("barrier", {}, error, error_capacity, [&] {
    auto work = std::make_unique<Work>();
    work->parts.push_back(group_of(group).gloo->barrier());
    *out = handed_out(std::move(work));
  });
}

int32_t ts_group_leave_word(ts_group group, const char *key, TS_ERROR_ARGS) {
  return guard("leave_word", {}, error, error_capacity,
               [&] { group_of(group).store->set(std::string(key), std::vector<uint8_t>{1}); });
}

int32_t ts_group_has_word(ts_group group, const char *key, int32_t *found, TS_ERROR_ARGS) {
  return guard("has_word", {}, error, error_capacity,
               [&] { *found = group_of(group).store->check({std::string(key)}) ? 1 : 0; });
}

int32_t ts_work_wait(ts_work work, TS_ERROR_ARGS) {
  return guard("wait", {}, error, error_capacity, [&] { work_of(work).wait(); });
}

void ts_work_free(ts_work work) {
  if (work != nullptr) {
    delete &work_of(work);
  }
}

#endif
