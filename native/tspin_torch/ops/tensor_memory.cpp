// A heap for the tensors of the CPU: one stretch of addresses, of which a block takes the first hole that it fits into,
// and the end where there is none.
//
// A training step makes the same tensors again and again. In malloc's heap small objects that stay settle between them,
// and glibc before 2.38 does not find the hole of an aligned block for another one of its size, so that the heap grows
// past what ever lives at once. Here what lives at once lies close together; and the stretch asks for huge pages, which
// processors look up faster and the kernel hands out in fewer pieces. Memory that was touched stays with the process.
#include "ops/tensor_memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>

namespace {

constexpr size_t kLine = 64;                                     // bytes; blocks begin at cache lines
constexpr size_t kLeast = 64 << 10;                              // bytes; smaller tensors stay in malloc's heap
constexpr size_t kMost = std::numeric_limits<size_t>::max() / 2; // bytes
constexpr size_t kPage = 2 << 20;                                // bytes of a huge page

size_t up_to(size_t n, size_t step) { return (n + step - 1) / step * step; }

class Heap {
public:
  // Room for as much as the machine has, of which the kernel gives what is touched; no room at all where it does not
  // give that many addresses.
  Heap() {
    const auto bytes =
        up_to(static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE)), kPage);
    void *memory =
        mmap(nullptr, bytes + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
      return;
    }
    first_ = reinterpret_cast<char *>(up_to(reinterpret_cast<uintptr_t>(memory), kPage));
    room_ = bytes;
#if defined(MADV_HUGEPAGE)
    madvise(first_, room_, MADV_HUGEPAGE);
#endif
  }

  // A block, or null where there is no room.
  void *take(size_t bytes) {
    const auto size = up_to(bytes, kLine) + kLine; // the first line holds the size
    const std::lock_guard<std::mutex> lock(mutex_);
    auto offset = end_;
    auto hole = holes_.begin();
    while (hole != holes_.end() && hole->second < size) {
      ++hole;
    }
    if (hole != holes_.end()) {
      offset = hole->first;
      const auto rest = hole->second - size;
      holes_.erase(hole);
      if (rest > 0) {
        holes_.emplace(offset + size, rest);
      }
    } else if (size <= room_ - end_) {
      end_ += size;
    } else {
      return nullptr;
    }
    std::memcpy(first_ + offset, &size, sizeof(size));
    return first_ + offset + kLine;
  }

  bool holds(const void *block) const { return first_ != nullptr && block >= first_ && block < first_ + room_; }

  void give_back(void *block) {
    const std::lock_guard<std::mutex> lock(mutex_);
    auto offset = static_cast<size_t>(static_cast<char *>(block) - first_) - kLine;
    size_t size;
    std::memcpy(&size, first_ + offset, sizeof(size));
    const auto next = holes_.lower_bound(offset);
    if (next != holes_.end() && next->first == offset + size) {
      size += next->second;
      holes_.erase(next);
    }
    const auto after = holes_.lower_bound(offset);
    if (after != holes_.begin()) {
      const auto before = std::prev(after);
      if (before->first + before->second == offset) {
        offset = before->first;
        size += before->second;
        holes_.erase(before);
      }
    }
    if (offset + size == end_) {
      end_ = offset;
    } else {
      holes_.emplace(offset, size);
    }
  }

private:
  std::mutex mutex_;
  char *first_ = nullptr;
  size_t room_ = 0, end_ = 0;
  std::map<size_t, size_t> holes_; // sizes by offset; no two touch, none ends at end_
};

// Never destroyed: tensors may outlive everything else.
Heap &heap() {
  static auto *const one = new Heap;
  return *one;
}

// Smaller tensors, and those that the heap has no room for, are where libtorch would put them.
void release(void *block) { heap().holds(block) ? heap().give_back(block) : c10::free_cpu(block); }

struct TensorMemory final : at::Allocator {
  static at::DataPtr block(size_t bytes) {
    void *memory = bytes >= kLeast && bytes <= kMost ? heap().take(bytes) : nullptr;
    if (memory == nullptr) {
      memory = c10::alloc_cpu(bytes);
    }
    return {memory, memory, &release, at::Device(at::DeviceType::CPU)};
  }

  at::DeleterFnPtr raw_deleter() const override { return &release; }

  // libtorch 1.13's is const, later ones' is not; whichever it is overrides.
  at::DataPtr allocate(size_t bytes) const { return block(bytes); }
  at::DataPtr allocate(size_t bytes) { return block(bytes); }

  void copy_data(void *to, const void *from, std::size_t bytes) const {
    std::memcpy(to, from, bytes);
  } // overrides since 2.2
};

} // namespace

void tspin::use_tensor_heap() {
  static TensorMemory memory;
  c10::SetCPUAllocator(&memory, /*priority=*/1);
}
