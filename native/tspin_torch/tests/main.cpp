// Runs the tests of the kernels under every set of kernels that this processor has.
//   kernel_tests             all; a line per failing case, then the totals
//   kernel_tests WORD...     the sets and groups named: kernel_tests avx2 "matrix products"
//   kernel_tests --digests [WORD...]
//                            besides, for every set and group, a digest of the bits that its kernels computed: to
//                            compare before and after a change that is to change none
//   kernel_tests --sets      the sets of this processor
#include "tests/harness.h"

#include "kernels/choice.h"

#include <algorithm>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <sstream>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define TS_POISON(at, bytes) __asan_poison_memory_region(at, bytes)
#define TS_UNPOISON(at, bytes) __asan_unpoison_memory_region(at, bytes)
#else
#define TS_POISON(at, bytes)
#define TS_UNPOISON(at, bytes)
#endif

namespace tspin::tests {
namespace {

constexpr uint8_t kWatched = 0xa5;

int64_t up_to(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

char current[512]; // what is being tested, for a process that ends in the midst of it

void say_where(int signal) {
  const auto say = [](const char *words) { return write(STDOUT_FILENO, words, std::strlen(words)); };
  const bool said = say(current) >= 0 &&
                    say(signal == SIGILL ? ": an instruction that this processor lacks"
                                         : ": reads or writes where no memory is") >= 0 &&
                    say("\nTotal: 0, Errors: 1, Failed: 0, Skipped: 0\n") >= 0;
  _exit(said ? 1 : 2);
}

} // namespace

Pages::Pages(int64_t bytes, int64_t alignment) : guard_(sysconf(_SC_PAGESIZE)), used_(up_to(bytes, alignment)) {
  all_ = up_to(used_ + 1, guard_) + guard_; // at least one byte in front
  auto *memory = mmap(nullptr, static_cast<size_t>(all_), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED ||
      mprotect(static_cast<uint8_t *>(memory) + all_ - guard_, static_cast<size_t>(guard_), PROT_NONE) != 0) {
    throw std::bad_alloc();
  }
  pages_ = static_cast<uint8_t *>(memory);
  data_ = pages_ + all_ - guard_ - used_;
  std::memset(pages_, kWatched, static_cast<size_t>(data_ - pages_));
  TS_POISON(pages_, static_cast<size_t>(data_ - pages_));
  TS_POISON(data_ + bytes, static_cast<size_t>(used_ - bytes));
}

Pages::~Pages() {
  if (pages_ == nullptr) {
    return;
  }
  TS_UNPOISON(pages_, static_cast<size_t>(all_ - guard_));
  if (std::any_of(pages_, data_, [](uint8_t byte) { return byte != kWatched; })) {
    std::printf("%s: writes in front of memory\nTotal: 0, Errors: 1, Failed: 0, Skipped: 0\n", current);
    std::fflush(stdout);
    _exit(1);
  }
  munmap(pages_, static_cast<size_t>(all_));
}

std::string text(const char *format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  return line;
}

void Cases::about(const std::string &what) {
  about_ = what;
  std::snprintf(current, sizeof(current), "%s: %s", where_.c_str(), what.c_str());
}

void Cases::count(bool passed, const std::string &fault) {
  totals_.cases++;
  if (!passed) {
    totals_.failed++;
    std::printf("%s: %s: %s\n", where_.c_str(), about_.c_str(), fault.c_str());
    std::fflush(stdout);
  }
}

namespace {

struct Group {
  const char *name;
  void (*run)(Cases &cases);
};

constexpr Group kGroups[] = {
    {"matrix products", matrix_products},   {"few rows", few_rows},   {"layers", layers},     {"attention", attention},
    {"decode attention", decode_attention}, {"optimizer", optimizer}, {"sampling", sampling},
};

std::vector<std::string> words_of(const std::string &names) {
  std::istringstream in(names);
  std::vector<std::string> words;
  for (std::string word; in >> word;) {
    words.push_back(word);
  }
  return words;
}

bool has(const std::vector<std::string> &words, const std::string &word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Whether any of the words names one of these, and if so, this one.
bool wanted(const std::vector<std::string> &words, const std::vector<std::string> &names, const std::string &name) {
  return has(words, name) ||
         std::none_of(words.begin(), words.end(), [&](const auto &word) { return has(names, word); });
}

int run(std::vector<std::string> words) {
  const auto digests = std::find(words.begin(), words.end(), "--digests");
  const bool with_digests = digests != words.end();
  if (with_digests) {
    words.erase(digests);
  }
  const auto sets = words_of(built_kernels()), here = words_of(known_kernels());
  std::vector<std::string> groups;
  for (const auto &group : kGroups) {
    groups.emplace_back(group.name);
  }
  for (const auto &word : words) {
    if (!has(sets, word) && !has(groups, word)) {
      std::printf("kernel_tests: '%s' is neither a set of kernels nor a group of tests\n", word.c_str());
      return 2;
    }
  }
  Totals totals;
  for (const auto &set : sets) {
    if (!wanted(words, sets, set)) {
      continue;
    }
    if (!has(here, set)) {
      std::printf("%s: skipped: this processor cannot run it\n", set.c_str());
      for (const auto &group : groups) {
        totals.skipped += wanted(words, groups, group) ? 1 : 0;
      }
      continue;
    }
    const auto kernels = kernels_named(set);
    for (const auto &group : kGroups) {
      if (!wanted(words, groups, group.name)) {
        continue;
      }
      Cases cases(kernels, group.name, totals);
      cases.about("beginning");
      try {
        group.run(cases);
      } catch (const std::exception &fault) {
        totals.errors++;
        std::printf("%s: %s\n", current, fault.what());
      }
      if (with_digests) {
        std::printf("%s: %s: digest %016llx\n", set.c_str(), group.name,
                    static_cast<unsigned long long>(cases.digest()));
      }
    }
  }
  std::printf("Total: %lld, Errors: %lld, Failed: %lld, Skipped: %lld\n",
              static_cast<long long>(totals.cases + totals.skipped), static_cast<long long>(totals.errors),
              static_cast<long long>(totals.failed), static_cast<long long>(totals.skipped));
  return totals.errors + totals.failed > 0 ? 1 : 0;
}

} // namespace
} // namespace tspin::tests

int main(int count, char **words) {
  using namespace tspin::tests;
#if !defined(__SANITIZE_ADDRESS__)
  for (const auto signal : {SIGSEGV, SIGBUS, SIGILL}) {
    std::signal(signal, say_where);
  }
#endif
  if (count == 2 && std::strcmp(words[1], "--sets") == 0) {
    std::printf("%s\n", tspin::known_kernels().c_str());
    return 0;
  }
  return run({words + 1, words + count});
}
