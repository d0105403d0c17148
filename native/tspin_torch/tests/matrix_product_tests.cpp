// Sums of products of large matrices.
#include "tests/harness.h"

namespace tspin::tests {
namespace {

struct Shape {
  int64_t rows, depth, columns;
};

// Tails of rows (6 or 12), columns (8, 16 or 32), blocks of rows (120) and stretches of the depth (256 numbers, or 384
// units); rows that lie a multiple of 2 KiB apart.
constexpr Shape kShapes[] = {{1, 1, 1},     {1, 64, 33},    {2, 3, 31},      {5, 2, 8},      {11, 5, 32},
                             {13, 31, 65},  {129, 384, 96}, {130, 385, 31},  {7, 770, 40},   {19, 1550, 17},
                             {121, 40, 50}, {60, 512, 70},  {25, 1024, 129}, {130, 70, 201}, {24, 2, 513}};

// Numbers [lines, depth] of one side of a product: lines are rows of a or columns of b.
template <typename S> struct Side {
  int64_t lines, depth;
  std::vector<double> values;

  Side(int64_t lines, int64_t depth, uint64_t seed) : lines(lines), depth(depth) {
    Draws draws(seed);
    for (int64_t i = 0; i < lines * depth; i++) {
      values.push_back(wide(narrow<S>(draws.centered())));
    }
  }
  double at(int64_t line, int64_t d) const { return values[static_cast<size_t>(line * depth + d)]; }

  // bfloat16 numbers that are adjacent in the depth come in pairs.
  bool may_be_adjacent() const { return sizeof(S) > 2 || depth % 2 == 0; }
};

// The same where a kernel reads it, with some room between rows or columns.
template <typename S> struct Laid {
  int64_t stride;
  Memory<S> memory;
  Operand<S> operand;

  Laid(const Side<S> &side, bool adjacent, int64_t gap)
      : stride((adjacent ? side.depth : side.lines) + gap),
        memory(((adjacent ? side.lines : side.depth) - 1) * stride + (adjacent ? side.depth : side.lines)),
        operand{memory.data(), stride, adjacent} {
    memory.fill(narrow<S>(NAN)); // what lies between must not be read into any sum
    for (int64_t line = 0; line < side.lines; line++) {
      for (int64_t d = 0; d < side.depth; d++) {
        memory[adjacent ? line * stride + d : d * stride + line] = narrow<S>(side.at(line, d));
      }
    }
  }
};

struct Sum {
  double value = 0, magnitude = 0;
};

template <typename S> void add_product(const Side<S> &a, const Side<S> &b, std::vector<Sum> &sums) {
  for (int64_t r = 0; r < a.lines; r++) {
    for (int64_t c = 0; c < b.lines; c++) {
      auto &sum = sums[static_cast<size_t>(r * b.lines + c)];
      for (int64_t d = 0; d < a.depth; d++) {
        const auto term = a.at(r, d) * b.at(c, d);
        sum.value += term;
        sum.magnitude += std::abs(term);
      }
    }
  }
}

// Runs a product and compares all of its result, which has room between its rows, with what is expected.
template <typename S> class Product {
public:
  Product(Cases &cases, const std::vector<ProductTerm<S>> &terms, int64_t rows, int64_t columns, std::vector<Sum> sums)
      : cases_(cases), terms_(terms), rows_(rows), columns_(columns), sums_(std::move(sums)), bias_(columns) {
    Draws draws(77);
    bias_.draw([&] { return 3 * draws.centered(); });
  }

  template <typename Out> Memory<Out> run(bool bias, bool add, int64_t gap = 3) const {
    Memory<Out> out((rows_ - 1) * (columns_ + gap) + columns_);
    Draws draws(78);
    out.draw([&] { return 3 * draws.centered(); });
    const auto before = out.values();
    multiply(part(out, 0, rows_, 0, columns_, gap, bias, add));

    std::vector<Expected> expected;
    for (int64_t i = 0; i < out.size(); i++) {
      const auto r = i / (columns_ + gap), c = i % (columns_ + gap);
      const auto held = before[static_cast<size_t>(i)];
      if (c >= columns_) {
        expected.push_back({held, 0});
        continue;
      }
      const auto &sum = sums_[static_cast<size_t>(r * columns_ + c)];
      const auto of_bias = bias ? wide(bias_[c]) : 0, of_held = add ? held : 0;
      const auto value = sum.value + of_bias + of_held;
      expected.push_back(
          {value, 8e-7 * (sum.magnitude + std::abs(of_bias) + std::abs(of_held)) + kRounding<Out> * std::abs(value)});
    }
    cases_.close(
        text("%s%s%s", std::is_same_v<Out, S> ? "out" : "sums", bias ? " with bias" : "", add ? ", added" : "").c_str(),
        out, expected);
    return out;
  }

  // The same, divided at these rows and columns.
  template <typename Out> void divided(int64_t row, int64_t column, const Memory<Out> &whole) const {
    const int64_t gap = 3;
    Memory<Out> out(whole.size());
    Draws draws(78);
    out.draw([&] { return 3 * draws.centered(); });
    for (int64_t r = 0; r < rows_; r += row) {
      for (int64_t c = 0; c < columns_; c += column) {
        multiply(part(out, r, std::min(row, rows_ - r), c, std::min(column, columns_ - c), gap, true, false));
      }
    }
    cases_.holds(
        text("divided at row %d, column %d it has the same bits", static_cast<int>(row), static_cast<int>(column))
            .c_str(),
        out.bits() == whole.bits());
  }

private:
  struct Part {
    std::vector<ProductTerm<S>> terms;
    ProductTask<S> task;
  };

  template <typename Out>
  Part part(const Memory<Out> &out, int64_t row, int64_t rows, int64_t column, int64_t columns, int64_t gap, bool bias,
            bool add) const {
    Part part{terms_, {}};
    for (auto &term : part.terms) {
      term.a.data += row * (term.a.depth_adjacent ? term.a.stride : 1);
      term.b.data += column * (term.b.depth_adjacent ? term.b.stride : 1);
    }
    auto *to = out.data() + row * (columns_ + gap) + column;
    part.task.count = static_cast<int64_t>(terms_.size());
    part.task.rows = rows;
    part.task.columns = columns;
    part.task.out_row = columns_ + gap;
    part.task.bias = bias ? bias_.data() + column : nullptr;
    part.task.add = add;
    if constexpr (std::is_same_v<Out, S>) {
      part.task.out = to;
    } else {
      part.task.sums = to;
    }
    return part;
  }

  void multiply(Part part) const {
    const auto &products = cases_.kernels.of<S>().matrix_products;
    part.task.terms = part.terms.data();
    const auto scratch = scratch_of<float>(products.scratch(part.task));
    scratch.fill(NAN);
    products.product(part.task, scratch.data());
  }

  Cases &cases_;
  std::vector<ProductTerm<S>> terms_;
  int64_t rows_, columns_;
  std::vector<Sum> sums_;
  Memory<float> bias_;
};

template <typename S> std::string shape_of(const Shape &shape, bool a, bool b) {
  return text("%s [%d, %d] [%d, %d], depth adjacent in a %d, in b %d", kTypeName<S>, static_cast<int>(shape.rows),
              static_cast<int>(shape.depth), static_cast<int>(shape.depth), static_cast<int>(shape.columns), a, b);
}

template <typename S> void one_shape(Cases &cases, const Shape &shape) {
  const Side<S> a(shape.rows, shape.depth, 1), b(shape.columns, shape.depth, 2);
  const Side<S> a2(shape.rows, 6, 3), b2(shape.columns, 6, 4), a3(shape.rows, 400, 5), b3(shape.columns, 400, 6);
  std::vector<Sum> one(static_cast<size_t>(shape.rows * shape.columns));
  add_product(a, b, one);
  auto three = one;
  add_product(a2, b2, three);
  add_product(a3, b3, three);
  for (const bool by_a : {false, true}) {
    for (const bool by_b : {false, true}) {
      if ((by_a && !a.may_be_adjacent()) || (by_b && !b.may_be_adjacent())) {
        continue;
      }
      for (const int64_t gap : {0, 2}) {
        cases.about(shape_of<S>(shape, by_a, by_b) + (gap == 0 ? "" : ", rows apart"));
        const Laid<S> la(a, by_a, gap), lb(b, by_b, gap);
        const Product<S> product(cases, {{la.operand, lb.operand, shape.depth}}, shape.rows, shape.columns, one);
        product.template run<S>(false, false);
        product.template run<S>(true, false);
        product.template run<float>(true, true);
        product.template run<float>(false, false);
        cases.about(shape_of<S>(shape, by_a, by_b) + ", three terms");
        const Laid<S> la2(a2, !by_a, gap), lb2(b2, by_b, gap), la3(a3, by_a, gap), lb3(b3, !by_b, gap);
        const Product<S> terms(
            cases,
            {{la.operand, lb.operand, shape.depth}, {la2.operand, lb2.operand, 6}, {la3.operand, lb3.operand, 400}},
            shape.rows, shape.columns, three);
        terms.template run<S>(true, false);
        terms.template run<float>(false, true);
      }
    }
  }
}

// Whatever is divided among tasks, every sum is added up alike.
template <typename S> void divisions(Cases &cases) {
  for (const auto &shape : {Shape{130, 386, 97}, Shape{37, 1030, 75}}) {
    const Side<S> a(shape.rows, shape.depth, 11), b(shape.columns, shape.depth, 12);
    std::vector<Sum> sums(static_cast<size_t>(shape.rows * shape.columns));
    add_product(a, b, sums);
    for (const bool by_a : {false, true}) {
      for (const bool by_b : {false, true}) {
        cases.about(shape_of<S>(shape, by_a, by_b));
        const Laid<S> la(a, by_a, 0), lb(b, by_b, 0);
        const Product<S> product(cases, {{la.operand, lb.operand, shape.depth}}, shape.rows, shape.columns, sums);
        const auto narrow_out = product.template run<S>(true, false);
        const auto wide_out = product.template run<float>(true, false);
        for (const auto &[row, column] : {std::pair<int64_t, int64_t>{12, 32}, {1, 97}, {7, 33}, {130, 5}}) {
          product.template divided<S>(row, column, narrow_out);
          product.template divided<float>(row, column, wide_out);
        }
      }
    }
  }
}

// A NaN or an infinity reaches the row or the column that it belongs to, and no other.
template <typename S> void not_finite(Cases &cases) {
  const Shape shape{15, 40, 37};
  for (const bool adjacent : {false, true}) {
    cases.about(shape_of<S>(shape, adjacent, adjacent) +
                ", with a NaN in row 14 of a and an infinity in column 36 of b");
    Side<S> a(shape.rows, shape.depth, 21), b(shape.columns, shape.depth, 22);
    a.values[static_cast<size_t>(14 * shape.depth + 39)] = NAN;
    b.values[static_cast<size_t>(36 * shape.depth + 39)] = INFINITY;
    const Laid<S> la(a, adjacent, 2), lb(b, adjacent, 2);
    std::vector<Sum> sums(static_cast<size_t>(shape.rows * shape.columns));
    add_product(a, b, sums);
    Product<S>(cases, {{la.operand, lb.operand, shape.depth}}, shape.rows, shape.columns, sums)
        .template run<S>(false, false);
  }
}

template <typename S> void of_type(Cases &cases) {
  if (cases.kernels.of<S>().matrix_products.product == nullptr) {
    return; // libtorch's own are taken
  }
  for (const auto &shape : kShapes) {
    one_shape<S>(cases, shape);
  }
  divisions<S>(cases);
  not_finite<S>(cases);
}

} // namespace

void matrix_products(Cases &cases) {
  of_type<float>(cases);
  of_type<Bf16>(cases);
  cases.about("which there are");
  cases.holds("there are products of bfloat16 numbers", cases.kernels.bf16.matrix_products.product != nullptr);
  cases.holds("there are none of float64 numbers", cases.kernels.f64.matrix_products.product == nullptr);
}

} // namespace tspin::tests
