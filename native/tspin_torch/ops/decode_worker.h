// A thread's way through a step: products, attention and what lies between, in place.
#pragma once

#include "ops/decode_block.h"
#include "ops/matrix_products.h"
#include "ops/meeting.h"

namespace tspin::decoding {

// Columns of one task: what the product's kernel takes at once, so that a sum does not depend on the threads.
constexpr int64_t kOutputs = kPackedOutputs;

template <typename S>
DecodeTask<S> task_of(const Step &step, const Block &block, int64_t row, int64_t key_head, S *query, S *mixed) {
  const auto group = block.heads / block.key_heads, first = block.first_key(step.positions[row]);
  const auto slot = ((row * block.key_heads + key_head) * block.capacity + first) * block.head;
  DecodeTask<S> task;
  task.width = block.head;
  task.heads = group;
  task.count = step.positions[row] + 1 - first;
  task.q = query + row * block.all_heads() + key_head * group * block.head;
  task.k = data<S>(block.keys) + slot;
  task.v = data<S>(block.values) + slot;
  task.scale = block.scale;
  task.soft_cap = block.soft_cap;
  task.out = mixed + (row * block.heads + key_head * group) * block.head;
  return task;
}

// What the threads of a step write for each other to read, and room of each one's own.
template <typename S> struct Buffers {
  using A = typename Wide<S>::type;
  at::Tensor projected, mixed, added, gate, up; // [rows, columns]
  at::Tensor normed, deviations, scratch, low;  // [threads, ...]

  Buffers(const Step &step, int64_t threads) {
    const auto make = [&](int64_t rows, int64_t columns, at::ScalarType type) {
      return at::empty({rows, columns}, step.hidden.options().dtype(type));
    };
    const auto narrow = step.hidden.scalar_type(), wide = wide_type(step.hidden);
    projected = make(step.rows, step.most([](const Block &block) { return block.all_heads(); }), narrow);
    mixed = make(step.rows, step.most([](const Block &block) { return block.queries(); }), narrow);
    added = make(step.rows, step.width, narrow);
    gate = make(step.rows, step.most([](const Block &block) { return block.inner(); }), narrow);
    up = at::empty_like(gate);
    normed = make(threads, step.rows * step.width, narrow);
    const auto rank = step.most([](const Block &block) {
      int64_t most = 0;
      for (const auto &projection : block.projections) {
        most = std::max(most, projection.rank());
      }
      return most;
    });
    low = make(threads, step.rows * (rank + kOutputs), narrow);
    deviations = make(threads, std::max(step.rows, step.most([](const Block &block) { return block.heads; })), wide);
    const auto longest = *std::max_element(step.positions, step.positions + step.rows);
    const auto room = step.most([&](const Block &block) {
      auto task = task_of<S>(step, block, 0, 0, nullptr, nullptr);
      task.count = longest + 1 - block.first_key(longest);
      return kernels().of<S>().decode_scratch(task);
    });
    constexpr int64_t line = 64 / sizeof(A); // every thread's room begins at a cache line
    scratch = make(threads, (room + line - 1) / line * line, wide);
  }
};

// One of the threads that go through a step together, each through all of it, and wait for each other where one reads
// what others wrote. Or the only one, where products are libtorch's, which brings threads of its own.
template <typename S> class Worker {
  using A = typename Wide<S>::type;

public:
  // `meeting`: of the threads that go together; null for the only one.
  Worker(const Step &step, const Buffers<S> &buffers, Meeting *meeting, int64_t me, int64_t size)
      : step_(step), meeting_(meeting), together_(meeting != nullptr), me_(me), size_(size),
        hidden_(data<S>(step.hidden)), projected_(data<S>(buffers.projected)), mixed_(data<S>(buffers.mixed)),
        added_(data<S>(buffers.added)), gate_(data<S>(buffers.gate)), up_(data<S>(buffers.up)),
        normed_(data<S>(buffers.normed) + me * buffers.normed.size(1)),
        deviations_(data<A>(buffers.deviations) + me * buffers.deviations.size(1)),
        scratch_(data<A>(buffers.scratch) + me * buffers.scratch.size(1)),
        low_(data<S>(buffers.low) + me * buffers.low.size(1)) {}

  void run() {
    for (size_t i = 0; i < step_.blocks.size(); i++) {
      const auto &block = step_.blocks[i];
      next_ = i + 1 < step_.blocks.size() ? &step_.blocks[i + 1] : nullptr;
      const auto queries = block.queries(), keys = block.key_heads * block.head, all = block.all_heads(),
                 inner = block.inner();
      auto *q = projected_;
      products(block, normalized(block, *block.norm_before_attention),
               {{kQuery, q, all}, {kKey, q + queries, all}, {kValue, q + queries + keys, all}},
               [](int64_t, int64_t) {});
      attend(block);
      add_product(block, mixed_, kOutput, *block.norm_after_attention);
      products(block, normalized(block, *block.norm_before_inner), {{kGate, gate_, inner}, {kUp, up_, inner}},
               [&](int64_t begin, int64_t end) {
                 for (int64_t row = 0; row < step_.rows; row++) {
                   const auto at = row * inner + begin;
                   kernels().of<S>().swiglu(gate_ + at, up_ + at, end - begin, gate_ + at);
                 }
               });
      add_product(block, gate_, kDown, *block.norm_after_inner);
    }
  }

private:
  // out[r, o] = sum over d of x[r, d] w[o, d]; rows of out are out_row apart.
  struct Product {
    Part part;
    S *out;
    int64_t out_row;
  };

  const Step &step_;
  const Block *next_ = nullptr;
  Meeting *meeting_;
  bool together_;
  int64_t me_, size_;
  S *hidden_, *projected_, *mixed_, *added_, *gate_, *up_, *normed_;
  A *deviations_, *scratch_;
  S *low_;

  // body(begin, end) for this thread's part of the tasks, then a wait for the others.
  template <typename Body> void share(int64_t tasks, Body &&body) const {
    body(tasks * me_ / size_, tasks * (me_ + 1) / size_);
    if (together_) {
      meeting_->wait(size_);
    }
  }

  // This thread's columns of a projection: a like share of every weight that is read beside it, so that a short one
  // does not fall to the first thread alone.
  std::pair<int64_t, int64_t> columns(const Block &block, Part part) const {
    const auto lead = part <= kValue ? kQuery : part == kUp ? kGate : part;
    const auto tasks_of = [&](Part of) { return (block.of(of).outputs() + kOutputs - 1) / kOutputs; };
    const auto tasks = tasks_of(lead);
    const auto column = [&](int64_t task) {
      return std::min(block.of(part).outputs(), tasks_of(part) * task / tasks * kOutputs);
    };
    return {column(tasks * me_ / size_), column(tasks * (me_ + 1) / size_)};
  }

  // Where this thread goes on reading weights after its columns of a projection, possibly in the next block; null where
  // that is not packed.
  const uint8_t *read_after(const Block &block, Part part) const {
    const auto *in = part != kDown ? &block : next_;
    const auto follower = part != kDown ? static_cast<Part>(part + 1) : kQuery;
    if (in == nullptr || in->of(follower).packed.blocks == nullptr) {
      return nullptr;
    }
    const auto &packed = in->of(follower).packed;
    return packed.blocks + packed.offsets[columns(*in, follower).first / kOutputs];
  }

  // Products of the same rows; then finish(begin, end) for columns of the first, when those of all products of its size
  // are there.
  template <typename Finish>
  void products(const Block &block, S *x, std::initializer_list<Product> list, Finish &&finish) const {
    if (together_) {
      const auto &few = kernels().of<S>().few_rows;
      for (const auto &product : list) {
        const auto &projection = block.of(product.part);
        const auto [from, to] = columns(block, product.part);
        if (projection.packed.blocks != nullptr) {
          few.packed(projection.packed, from, to, x, step_.rows, product.out, product.out_row,
                     read_after(block, product.part));
        } else {
          const auto depth = projection.depth();
          few.product(data<S>(*projection.weight) + from * depth, to - from, x, step_.rows, depth, product.out + from,
                      product.out_row);
        }
        add_low_rank(block, product, x, from, to);
      }
      const auto [from, to] = columns(block, list.begin()->part);
      finish(from, to);
      meeting_->wait(size_);
      return;
    }
    for (const auto &product : list) {
      const auto &projection = block.of(product.part);
      auto out =
          at::from_blob(product.out, {step_.rows, projection.outputs()}, {product.out_row, 1}, step_.hidden.options());
      const auto in = at::from_blob(x, {step_.rows, projection.depth()}, step_.hidden.options());
      compute({{{{in, projection.weight->t()}}, at::Tensor(), out}});
      if (projection.rank() > 0) {
        out.add_(tspin::product(tspin::product(in, projection.lora_a->t()), projection.lora_b->t()),
                 projection.lora_scale);
      }
    }
    finish(0, block.of(list.begin()->part).outputs());
  }

  // What low-rank adaptation adds to this thread's columns of a product; the few numbers between its two factors each
  // thread computes for itself.
  void add_low_rank(const Block &block, const Product &product, const S *x, int64_t from, int64_t to) const {
    const auto &projection = block.of(product.part);
    const auto rank = projection.rank();
    if (rank == 0 || from == to) {
      return;
    }
    const auto &kernel = kernels().of<S>();
    const auto *a = data<S>(*projection.lora_a), *b = data<S>(*projection.lora_b);
    auto *change = low_ + step_.rows * rank;
    kernel.few_rows.product(a, rank, x, step_.rows, projection.depth(), low_, rank);
    for (int64_t o = from; o < to; o += kOutputs) {
      const auto count = std::min(kOutputs, to - o);
      kernel.few_rows.product(b + o * rank, count, low_, step_.rows, rank, change, kOutputs);
      for (int64_t row = 0; row < step_.rows; row++) {
        kernel.add_scaled(product.out + row * product.out_row + o, change + row * kOutputs, count,
                          A(projection.lora_scale));
      }
    }
  }

  void normalize(const Block &block, const at::Tensor &norm, const S *x, int64_t rows, int64_t width, S *y) const {
    kernels().of<S>().rms_norm(x, data<S>(norm), rows, width, block.epsilon, block.plus_one, y, deviations_);
  }

  // All rows of the residual stream: each thread its own copy, which costs less than waiting for parts.
  S *normalized(const Block &block, const at::Tensor &norm) const {
    if (!norm.defined()) {
      return hidden_;
    }
    normalize(block, norm, hidden_, step_.rows, step_.width, normed_);
    return normed_;
  }

  // hidden += factor * w(x), through a norm where there is one.
  void add_product(const Block &block, S *x, Part part, const at::Tensor &norm) const {
    const auto width = step_.width;
    const auto add = [&](int64_t row, int64_t begin, int64_t end) {
      kernels().of<S>().add_scaled(hidden_ + row * width + begin, added_ + row * width + begin, end - begin,
                                   A(block.residual));
    };
    if (!norm.defined()) {
      products(block, x, {{part, added_, width}}, [&](int64_t begin, int64_t end) {
        for (int64_t row = 0; row < step_.rows; row++) {
          add(row, begin, end);
        }
      });
      return;
    }
    products(block, x, {{part, added_, width}}, [](int64_t, int64_t) {});
    share(step_.rows, [&](int64_t begin, int64_t end) {
      normalize(block, norm, added_ + begin * width, end - begin, width, added_ + begin * width);
      for (int64_t row = begin; row < end; row++) {
        add(row, 0, width);
      }
    });
  }

  // Biases, norms and rotary turns of some key heads of a row and of the queries that share them; keys and values go
  // into the cache.
  void prepare(const Block &block, int64_t row, int64_t first, int64_t count) const {
    const auto head = block.head, group = block.heads / block.key_heads,
               half = block.cos.defined() ? block.cos.size(1) : 0;
    auto *all = projected_ + row * block.all_heads();
    auto *q = all + first * group * head, *k = all + block.queries() + first * head, *v = k + block.key_heads * head;
    const auto add_bias = [&](Part part, S *x, int64_t from, int64_t n) {
      const auto &bias = *block.of(part).bias;
      if (bias.defined()) {
        kernels().of<S>().add_scaled(x, data<S>(bias) + from, n, A(1));
      }
    };
    const auto normalize_heads = [&](const at::Tensor &norm, S *x, int64_t heads) {
      if (norm.defined()) {
        normalize(block, norm, x, block.norm_per_head ? heads : 1, block.norm_per_head ? head : heads * head, x);
      }
    };
    add_bias(kQuery, q, first * group * head, count * group * head);
    add_bias(kKey, k, first * head, count * head);
    add_bias(kValue, v, first * head, count * head);
    normalize_heads(*block.query_norm, q, count * group);
    normalize_heads(*block.key_norm, k, count);
    if (half > 0) {
      const auto *cos = data<A>(block.cos) + row * half, *sin = data<A>(block.sin) + row * half;
      kernels().of<S>().turn_heads(q, count * group, head, half, cos, sin);
      kernels().of<S>().turn_heads(k, count, head, half, cos, sin);
    }
    for (int64_t h = 0; h < count; h++) {
      const auto slot = ((row * block.key_heads + first + h) * block.capacity + step_.positions[row]) * head;
      std::copy_n(k + h * head, head, data<S>(block.keys) + slot);
      std::copy_n(v + h * head, head, data<S>(block.values) + slot);
    }
  }

  void attend(const Block &block) const {
    const auto whole_rows = !block.norm_per_head && (block.query_norm->defined() || block.key_norm->defined());
    if (whole_rows) {
      share(step_.rows, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; row++) {
          prepare(block, row, 0, block.key_heads);
        }
      });
    }
    const auto tasks = step_.rows * block.key_heads;
    const auto task_at = [&](int64_t n) {
      return task_of<S>(step_, block, n / block.key_heads, n % block.key_heads, projected_, mixed_);
    };
    const auto one = [&](int64_t n, A *scratch) {
      if (!whole_rows) {
        prepare(block, n / block.key_heads, n % block.key_heads, 1);
      }
      auto task = task_at(n);
      task.next_k = together_ && n + size_ < tasks ? task_at(n + size_).k : nullptr;
      kernels().of<S>().decode_attention(task, scratch);
    };
    if (!together_) {
      each_task(tasks, step_.attended(block),
                [&](int64_t n) { one(n, scratch_for<A>(kernels().of<S>().decode_scratch(task_at(n))).get()); });
      return;
    }
    // In turn: a row's tasks are of one length, and each thread knows what it reads next.
    for (int64_t n = me_; n < tasks; n += size_) {
      one(n, scratch_);
    }
    meeting_->wait(size_);
  }
};

} // namespace tspin::decoding
