// Single-pass CPU kernels of the fused operations. kernels.cpp is compiled once per instruction set; `kernels()` picks
// at run time.
//
// Nothing here knows of tensors or threads: a kernel works on the rows it is given and on one thread. A is the type of
// the arithmetic (float for float and bfloat16, double for double). Sums have a fixed order, so results do not depend
// on the number of threads.
#pragma once

#include "simd/element_types.h"

namespace tspin {

// One stretch of a packed row of tokens. A prompt has parent -1; the responses of a prompt follow it and name it.
struct Segment {
  int64_t start, length, parent;
};

// Attention of all query heads that share one key head, over one prompt and its responses. Strides count elements; a
// head's D numbers are adjacent. Queries of a response see the whole prompt and their own segment up to themselves.
template <typename S> struct AttentionTask {
  using A = typename Wide<S>::type;
  const Segment *segments = nullptr;                // the prompt, then its responses
  int64_t count = 0;                                // segments
  int64_t width = 0, heads = 0;                     // D; query heads of this key head
  int64_t turned = 0;                               // R: leading numbers of a head that are rotated, 0 for none
  int64_t window = 0;                               // 0: everything before
  double scale = 1, soft_cap = 0;                   // soft_cap 0: none
  const S *q = nullptr, *k = nullptr, *v = nullptr; // already at the first head of this task
  int64_t q_token = 0, q_head = 0, k_token = 0, v_token = 0;
  const A *cos = nullptr, *sin = nullptr; // [T, R/2], may be null when turned is 0
  S *out = nullptr;                       // [T, all heads, D], at the first head
  A *lse = nullptr;                       // [T, all heads], at the first head
  int64_t out_token = 0, lse_token = 0;   // out_token also strides grad_out, grad_q; a head is D apart
  const S *grad_out = nullptr;
  S *grad_q = nullptr, *grad_k = nullptr,
    *grad_v = nullptr; // [T, all heads, D], [T, key heads, D], at this task's head
  int64_t grad_k_token = 0;
};

// Attention of one token's query heads that share a key head: keys [count, D] and values [count, D] without gaps.
template <typename S> struct DecodeTask {
  int64_t width = 0, heads = 0, count = 0;
  const S *q = nullptr, *k = nullptr, *v = nullptr; // q [heads, D]
  double scale = 1, soft_cap = 0;                   // soft_cap 0: none
  S *out = nullptr;                                 // [heads, D]
  const S *next_k = nullptr;                        // keys that the same thread reads afterwards, where that is known
};

// A weight [outputs, depth] packed once for products of few rows: blocks of 32 outputs one after the other, the last
// one filled up. Block b begins at offsets[b], in bytes, and ends where the next one begins.
struct PackedWeight {
  const uint8_t *blocks;
  const int64_t *offsets;
  int64_t outputs, depth;
};

// out[r, o] = sum over d of x[r, d] w[o, d] of few rows, every weight read once; rows of out are out_row apart.
template <typename S> struct FewRows {
  int64_t most = 0; // rows; 0: there are no such products for this type
  void (*product)(const S *w, int64_t outputs, const S *x, int64_t rows, int64_t depth, S *out,
                  int64_t out_row) = nullptr;
  // Packs up to 32 outputs into a block, which begins at a multiple of 64 bytes, and returns its size, a multiple of
  // 64; where block is null it is only measured. Null functions where nothing is packed.
  int64_t (*pack)(const S *w, int64_t outputs, int64_t depth, uint8_t *block) = nullptr;
  // The same sums for outputs [from, to), `from` a multiple of 32. `after`: packed weights that will be read next, or
  // null.
  void (*packed)(const PackedWeight &w, int64_t from, int64_t to, const S *x, int64_t rows, S *out, int64_t out_row,
                 const uint8_t *after) = nullptr;

  // Rows are taken four bytes at a time.
  bool takes(int64_t rows, int64_t depth) const {
    return rows > 0 && rows <= most && depth > 0 && depth * static_cast<int64_t>(sizeof(S)) % 4 == 0;
  }
};

// A matrix on one side of a product: rows or columns of the result by depth. Numbers that follow each other in the
// depth are adjacent, and rows or columns `stride` apart; or it is the other way round. Of bfloat16 numbers that are
// adjacent in the depth, stride and depth are even.
template <typename S> struct Operand {
  const S *data;
  int64_t stride; // elements
  bool depth_adjacent;
};

template <typename S> struct ProductTerm {
  Operand<S> a, b; // [rows, depth], [depth, columns]
  int64_t depth;
};

// A part of a sum of products: to `out`, or in float32 to `sums`, the other being null.
template <typename S> struct ProductTask {
  const ProductTerm<S> *terms = nullptr;
  int64_t count = 0, rows = 0, columns = 0; // at least one term
  S *out = nullptr;
  float *sums = nullptr;
  int64_t out_row = 0;         // elements between rows of the result, whose columns are adjacent
  const float *bias = nullptr; // [columns], added to every row; may be null
  bool add = false;            // to what the result holds; not to `out` of a type narrower than float
};

template <typename S> struct MatrixProducts {
  // Null functions where libtorch's own products are to be taken.
  int64_t (*scratch)(const ProductTask<S> &task) = nullptr;              // floats
  void (*product)(const ProductTask<S> &task, float *scratch) = nullptr; // scratch begins at a multiple of 64 bytes
};

// Gradients of a norm: of its input, and added to grad_w [width] that of its weight.
template <typename S> struct NormGradTask {
  using A = typename Wide<S>::type;
  const S *grad_y = nullptr, *x = nullptr, *w = nullptr;
  const A *rstd = nullptr; // as rms_norm left them
  int64_t rows = 0, width = 0;
  bool plus_one = false;
  S *grad_x = nullptr;
  A *grad_w = nullptr;
};

// Gradients of swiglu's inputs, n numbers each.
template <typename S> struct GatedGradTask {
  const S *grad_out = nullptr, *gate = nullptr, *up = nullptr;
  int64_t n = 0;
  S *grad_gate = nullptr, *grad_up = nullptr;
};

template <typename S> struct KernelTable {
  using A = typename Wide<S>::type;
  // y = w * x / rms(x); the product with w is taken in S, or with plus_one as (1 + w) in A.
  void (*rms_norm)(const S *x, const S *w, int64_t rows, int64_t width, double epsilon, bool plus_one, S *y, A *rstd);
  void (*rms_norm_grad)(const NormGradTask<S> &task);
  void (*swiglu)(const S *gate, const S *up, int64_t n, S *out);
  void (*swiglu_grad)(const GatedGradTask<S> &task);
  // Running maximum and sum of exp(logit - maximum) of each row.
  void (*log_sum_exp)(const S *logits, int64_t rows, int64_t columns, A *maximum, A *sum);
  // logits -> g * (onehot(target) - softmax); targets relative to this chunk's first column, others are outside it.
  void (*log_prob_grad)(S *logits, int64_t rows, int64_t columns, const A *lse, const A *g, const int64_t *targets,
                        int64_t first);
  int64_t (*attention_scratch)(const AttentionTask<S> &task); // elements of A
  void (*attention)(const AttentionTask<S> &task, A *scratch);
  void (*attention_grad)(const AttentionTask<S> &task, A *scratch);
  double (*sum_of_squares)(const S *x, int64_t n);
  // out += the sum of `count` rows of x [.., width], taken in A.
  void (*sum_rows)(const S *x, const int64_t *rows, int64_t count, int64_t width, S *out);
  void (*turn_heads)(S *x, int64_t heads, int64_t width, int64_t half, const A *cos, const A *sin);
  int64_t (*decode_scratch)(const DecodeTask<S> &task); // elements of A
  void (*decode_attention)(const DecodeTask<S> &task, A *scratch);
  void (*add_scaled)(S *x, const S *y, int64_t n, A factor);
  FewRows<S> few_rows;
  MatrixProducts<S> matrix_products;
};

// RMSprop smooths its squares by beta2 and knows neither beta1 nor the corrections.
struct UpdateConstants {
  double learning_rate, beta1, beta2, epsilon, decay, gradient_scale, correction1, correction2;
};

// Where a parameter's numbers are kept: all of them in `wide`; or in `narrow` alone, where `residue`
// keeps the 16 bits that rounding cut off (compensated), or rounding is to nearest, or random by `key` (stochastic).
enum class Keeping { wide, compensated, nearest, stochastic };

// `first_moment` is AdamW's; null for RMSprop. `gradient` is bfloat16 where `narrow_gradient`. `index` is that of the
// first element in its tensor.
struct UpdateTask {
  Keeping keeping = Keeping::wide;
  bool narrow_gradient = false;
  float *wide = nullptr;
  Bf16 *narrow = nullptr, *residue = nullptr;
  const void *gradient = nullptr;
  float *first_moment = nullptr, *second_moment = nullptr;
  int64_t index = 0, n = 0;
  uint32_t key = 0;
};

// How a token is chosen: the likeliest at temperature 0, else by inverting the cumulative distribution, in float64 and
// in the order of the vocabulary, of what top-k (0: all) and then top-p keep.
struct SamplingRule {
  double temperature;
  int64_t top_k;
  double top_p;
};

// The log-probability is the model's own, in nats: temperature 1, nothing cut.
struct Choice {
  int64_t token;
  double log_prob;
};

struct Kernels {
  const char *name;
  KernelTable<float> f32;
  KernelTable<double> f64;
  KernelTable<Bf16> bf16;
  // A step of AdamW or RMSprop, in one pass.
  void (*update)(const UpdateTask &task, const UpdateConstants &constants);
  // weights [n] and ids [n] are scratch. A row that holds a NaN or an infinity gets some valid token and the
  // log-probability NaN.
  Choice (*choose)(const float *logits, int64_t n, double uniform, const SamplingRule &rule, double *weights,
                   int32_t *ids);
  template <typename S> const KernelTable<S> &of() const;
};

template <> inline const KernelTable<float> &Kernels::of<float>() const { return f32; }
template <> inline const KernelTable<double> &Kernels::of<double>() const { return f64; }
template <> inline const KernelTable<Bf16> &Kernels::of<Bf16>() const { return bf16; }

// The best set that this processor has, or the one that TSPIN_KERNELS names; std::invalid_argument where that is none,
// or not this processor's.
const Kernels &kernels();

// False where libtorch's own operations are to stand in for the kernels on the CPU too, for comparisons:
// TSPIN_KERNELS=aten, or use_kernels(false).
bool kernels_on();
bool use_kernels(bool on); // returns what held before

} // namespace tspin
