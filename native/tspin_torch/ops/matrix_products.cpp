#include "ops/matrix_products.h"
#include "ops/libtorch_products.h"

#include <algorithm>

using namespace tspin;

namespace {

// What one task computes at most. A task copies its columns of b, and its rows of a where those are not read where they
// lie, so that larger tasks copy less; the columns are bounded by what of b the second-level cache holds, the rows by
// what it holds of the sums.
constexpr int64_t kTaskRows = 1024, kTaskColumns = 384;
constexpr int64_t kRowStep = 12, kColumnStep = 32; // what the kernels take at once
constexpr int64_t kTasksPerThread = 2;

int64_t in_parts(int64_t n, int64_t most) { return (n + most - 1) / most; }
int64_t up_to(int64_t n, int64_t step) { return in_parts(n, step) * step; }

// One result with all that its tasks read.
template <typename S> struct Prepared {
  std::vector<at::Tensor> kept;
  std::vector<ProductTerm<S>> terms;
  ProductTask<S> whole;

  explicit Prepared(const ProductSum &sum) {
    for (const auto &[a, b] : sum.terms) {
      if (a.size(1) > 0) {
        terms.push_back({operand(a, 1), operand(b, 0), a.size(1)});
      }
    }
    const auto same = sum.out.scalar_type() == sum.terms.front().first.scalar_type();
    const auto bias = sum.bias.defined() ? sum.bias.to(at::kFloat).contiguous() : at::Tensor();
    kept.push_back(bias);
    whole.terms = terms.data();
    whole.count = static_cast<int64_t>(terms.size());
    whole.rows = sum.out.size(0);
    whole.columns = sum.out.size(1);
    whole.out = same ? data<S>(sum.out) : nullptr;
    whole.sums = same ? nullptr : data<float>(sum.out);
    whole.out_row = sum.out.stride(0);
    whole.bias = bias.defined() ? data<float>(bias) : nullptr;
    whole.add = sum.add;
  }

  // As the kernels can read it, copied where need be.
  Operand<S> operand(const at::Tensor &m, int64_t depth) {
    constexpr bool pairs = sizeof(S) < 4;
    const auto other = 1 - depth;
    const bool single = m.size(other) == 1;
    const bool whole_pairs = !pairs || m.size(depth) % 2 == 0;
    if (m.stride(depth) == 1 && whole_pairs && (!pairs || m.stride(other) % 2 == 0 || single)) {
      return {data<S>(m), single ? m.size(depth) : m.stride(other), true};
    }
    if (m.stride(other) == 1 || single) {
      return {data<S>(m), m.stride(depth), false};
    }
    const bool by_depth = depth == 1 && whole_pairs;
    kept.push_back(by_depth || depth == 0 ? m.contiguous() : m.t().contiguous());
    return {data<S>(kept.back()), kept.back().size(1), by_depth};
  }

  ProductTask<S> part(int64_t row, int64_t rows, int64_t column, int64_t columns,
                      std::vector<ProductTerm<S>> &own) const {
    own = terms;
    for (auto &term : own) {
      term.a.data += row * (term.a.depth_adjacent ? term.a.stride : 1);
      term.b.data += column * (term.b.depth_adjacent ? term.b.stride : 1);
    }
    auto task = whole;
    task.terms = own.data();
    task.rows = rows;
    task.columns = columns;
    task.out += task.out == nullptr ? 0 : row * task.out_row + column;
    task.sums += task.sums == nullptr ? 0 : row * task.out_row + column;
    task.bias += task.bias == nullptr ? 0 : column;
    return task;
  }
};

// A thread's scratch memory, kept from product to product: blocks of this size that come and go would leave holes
// between what is kept.
float *scratch_of_thread(int64_t floats) {
  thread_local std::unique_ptr<float, decltype(&std::free)> memory{nullptr, &std::free};
  thread_local int64_t size = 0;
  if (floats > size) {
    memory.reset();
    size = 0;
    memory = scratch_for<float>(floats);
    size = floats;
  }
  return memory.get();
}

template <typename S> void compute_by_kernels(const std::vector<ProductSum> &sums) {
  std::vector<Prepared<S>> prepared;
  for (const auto &sum : sums) {
    prepared.emplace_back(sum);
  }
  struct Part {
    const Prepared<S> *of;
    int64_t row, rows, column, columns;
  };
  std::vector<Part> parts;
  const auto divide = [&](int64_t most_rows) {
    parts.clear();
    for (const auto &one : prepared) {
      const auto &t = one.whole;
      const auto columns = up_to(in_parts(t.columns, in_parts(t.columns, kTaskColumns)), kColumnStep),
                 rows = up_to(in_parts(t.rows, in_parts(t.rows, most_rows)), kRowStep);
      for (int64_t column = 0; column < t.columns; column += columns) {
        for (int64_t row = 0; row < t.rows; row += rows) {
          parts.push_back({&one, row, std::min(rows, t.rows - row), column, std::min(columns, t.columns - column)});
        }
      }
    }
  };
  const auto enough = static_cast<size_t>(kTasksPerThread * at::get_num_threads());
  for (auto most_rows = kTaskRows; most_rows >= 4 * kRowStep; most_rows /= 2) {
    divide(most_rows);
    if (parts.size() >= enough || at::get_num_threads() == 1) {
      break;
    }
  }
  int64_t work = 0;
  for (const auto &one : prepared) {
    for (const auto &term : one.terms) {
      work += one.whole.rows * one.whole.columns * term.depth;
    }
  }
  each_task(static_cast<int64_t>(parts.size()), work, [&](int64_t i) {
    const auto &part = parts[i];
    std::vector<ProductTerm<S>> terms;
    const auto task = part.of->part(part.row, part.rows, part.column, part.columns, terms);
    const auto &kernel = kernels().of<S>().matrix_products;
    kernel.product(task, scratch_of_thread(kernel.scratch(task)));
  });
}

bool takes(const ProductSum &sum) {
  return has_matrix_products(sum.terms.front().first) &&
         std::any_of(sum.terms.begin(), sum.terms.end(), [](const auto &term) { return term.first.size(1) > 0; });
}

void compute_by_libtorch(const ProductSum &sum) {
  if (multiplies_widened(sum.out) || multiplies_widened(sum.terms.front().first)) {
    auto total = sum.add ? sum.out.to(at::kFloat) : at::zeros(sum.out.sizes(), sum.out.options().dtype(at::kFloat));
    for (const auto &[a, b] : sum.terms) {
      total.addmm_(widened(a), widened(b));
    }
    if (sum.bias.defined()) {
      total.add_(sum.bias);
    }
    sum.out.copy_(total);
    return;
  }
  bool add = sum.add;
  for (const auto &[a, b] : sum.terms) {
    if (a.scalar_type() != sum.out.scalar_type()) {
      const auto product = at::mm(a, b);
      add ? sum.out.add_(product) : sum.out.copy_(product);
    } else if (add) {
      sum.out.addmm_(a, b);
    } else {
      auto out = sum.out;
      at::mm_out(out, a, b);
    }
    add = true;
  }
  if (sum.bias.defined()) {
    sum.out.add_(sum.bias);
  }
}

} // namespace

bool tspin::has_matrix_products(const at::Tensor &like) {
  return has_kernels(like) && with_type(like, [](auto element) {
           return kernels().of<decltype(element)>().matrix_products.product != nullptr;
         });
}

void tspin::compute(const std::vector<ProductSum> &sums) {
  std::vector<ProductSum> ours[2]; // float32, bfloat16
  for (const auto &sum : sums) {
    if (sum.out.numel() == 0) {
      continue;
    }
    if (takes(sum)) {
      ours[sum.terms.front().first.scalar_type() == at::kFloat ? 0 : 1].push_back(sum);
    } else {
      compute_by_libtorch(sum);
    }
  }
  if (!ours[0].empty()) {
    compute_by_kernels<float>(ours[0]);
  }
  if (!ours[1].empty()) {
    compute_by_kernels<Bf16>(ours[1]);
  }
}

at::Tensor tspin::product(const at::Tensor &a, const at::Tensor &b) {
  auto out = at::empty({a.size(0), b.size(1)}, a.options());
  compute({{{{a, b}}, at::Tensor(), out}});
  return out;
}
