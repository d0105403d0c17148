/* The whole C interface between TSpin.Torch and libtorch.
 *
 * Conventions, the same for every function:
 *   - It returns TS_OK (0) or a ts_status code, and on failure writes a zero-terminated UTF-8 message into the caller's
 * buffer `error` of `error_capacity` bytes (cut to fit; may be NULL with capacity 0). No C++ exception ever crosses
 * this boundary.
 *   - Tensors are opaque handles owned by the caller: each `ts_tensor* out` receives a new one, to be freed once with
 * ts_free. Inputs are borrowed. Optional inputs may be NULL where the comment says so.
 *   - Sizes, dimensions and indices are int64; negative dimensions count from the end as in PyTorch.
 *   - dtype is a ts_dtype, device is -1 for the CPU and n >= 0 for CUDA device n.
 *   - Functions whose name ends in an underscore change their first argument in place.
 * Any change of a signature raises TS_ABI_VERSION; the managed side refuses a library with another number.
 */
#ifndef TSPIN_TORCH_H
#define TSPIN_TORCH_H

#include <stdint.h>

#if defined(_WIN32)
#define TS_EXPORT __declspec(dllexport)
#else
#define TS_EXPORT __attribute__((visibility("default")))
#endif

#define TS_ABI_VERSION 16
#define TS_ERROR_ARGS char *error, int64_t error_capacity

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ts_tensor_opaque *ts_tensor;
typedef struct ts_generator_opaque *ts_generator;
typedef struct ts_graph_opaque *ts_graph;
typedef struct ts_group_opaque *ts_group;
typedef struct ts_work_opaque *ts_work;

typedef enum { TS_OK = 0, TS_LIBTORCH = 1, TS_OUT_OF_MEMORY = 2, TS_UNKNOWN = 3 } ts_status;

typedef enum {
  TS_FLOAT32 = 0,
  TS_BFLOAT16 = 1,
  TS_FLOAT64 = 2,
  TS_INT64 = 3,
  TS_BOOL = 4,
  TS_FLOAT16 = 5,
  TS_INT32 = 6,
  TS_UINT8 = 7
} ts_dtype;

/* ---- ops/core.cpp: the library, threads, memory ---- */
TS_EXPORT int32_t ts_abi_version(void);
/* "1.13.1"-like text; `configuration` is at::show_config(). Both are copied, cut to capacity. */
TS_EXPORT int32_t ts_versions(char *version, int64_t version_capacity, char *configuration,
                              int64_t configuration_capacity, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_set_threads(int32_t threads, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_get_threads(int32_t *threads, TS_ERROR_ARGS);
/* What holds for the whole process; call it once, before anything else. `kernels` names the set of kernels, or "aten"
 * for none; empty for the best that this processor has; an error where it is no set, or one that the processor lacks.
 * `own_heap` 1 keeps large freed blocks inside the process (mallopt M_MMAP_THRESHOLD, M_TRIM_THRESHOLD), and those of
 * CPU tensors in a heap of their own; 0 leaves memory to libtorch and the C library. `nccl`: NCCL's file, "off" for
 * none; empty for libnccl.so.2. */
TS_EXPORT int32_t ts_configure(const char *kernels, int32_t own_heap, const char *nccl, TS_ERROR_ARGS);
/* Number of handles given out and not yet freed. */
TS_EXPORT int64_t ts_live_tensors(void);
TS_EXPORT int32_t ts_cuda_device_count(int32_t *count, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_synchronize(int32_t device, TS_ERROR_ARGS);
/* The device's name as its driver gives it, and its free and whole memory in bytes. Errors where there is no such CUDA
 * device. */
TS_EXPORT int32_t ts_cuda_properties(int32_t device, char *name, int64_t name_capacity, int64_t *free, int64_t *total,
                                     TS_ERROR_ARGS);
/* The kernels' instruction set: avx512bf16, avx512, avx2 or portable; what ts_configure named, else the fastest of
 * those that this processor has. `known` receives all that it has, best first, with spaces between. An error where the
 * name is of no set, or one that it lacks; `known` is there all the same. */
TS_EXPORT int32_t ts_kernel_set(char *name, int64_t name_capacity, char *known, int64_t known_capacity, TS_ERROR_ARGS);
/* 0: libtorch's own operations stand in for the kernels of the fused operations on the CPU too, for comparisons; 1 ends
 * that; a negative number only asks. What held before goes to *previous. ts_configure with "aten"
 * begins with 0. Holds for the whole process. */
TS_EXPORT int32_t ts_use_kernels(int32_t on, int32_t *previous, TS_ERROR_ARGS);

/* ---- ops/tensor.cpp: creation, properties, copies ---- */
TS_EXPORT void ts_free(ts_tensor tensor);
/* Copies `bytes` bytes, little endian, row major. Errors if they do not equal shape x dtype. */
TS_EXPORT int32_t ts_from_data(const void *data, int64_t bytes, const int64_t *shape, int32_t rank, int32_t dtype,
                               int32_t device, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_full(const int64_t *shape, int32_t rank, double value, int32_t dtype, int32_t device,
                          ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_empty(const int64_t *shape, int32_t rank, int32_t dtype, int32_t device, ts_tensor *out,
                           TS_ERROR_ARGS);
TS_EXPORT int32_t ts_arange(double start, double end, double step, int32_t dtype, int32_t device, ts_tensor *out,
                            TS_ERROR_ARGS);
TS_EXPORT int32_t ts_rank(ts_tensor tensor, int32_t *rank, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_shape(ts_tensor tensor, int64_t *shape, int32_t rank, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_dtype_of(ts_tensor tensor, int32_t *dtype, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_device_of(ts_tensor tensor, int32_t *device, TS_ERROR_ARGS);
/* Gives back the memory of a tensor, and of all its views, which keep their shapes and must not be read; and takes new
 * memory for them, with nothing in it. Autograd does not notice: what it saved of the tensor sees the new memory. */
TS_EXPORT int32_t ts_release_memory_(ts_tensor tensor, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_take_memory_(ts_tensor tensor, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_is_contiguous(ts_tensor tensor, int32_t *contiguous, TS_ERROR_ARGS);
/* Copies all elements out, row major, in the tensor's own dtype; `bytes` must be exactly their size. */
TS_EXPORT int32_t ts_copy_out(ts_tensor tensor, void *data, int64_t bytes, TS_ERROR_ARGS);
/* Address of the first element of a contiguous CPU tensor; valid while the tensor lives. */
TS_EXPORT int32_t ts_data(ts_tensor tensor, void **data, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_item(ts_tensor tensor, double *value, TS_ERROR_ARGS);
/* Same tensor if nothing changes, unless copy != 0. Differentiable. */
TS_EXPORT int32_t ts_to(ts_tensor tensor, int32_t dtype, int32_t device, int32_t copy, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_clone(ts_tensor tensor, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_detach(ts_tensor tensor, ts_tensor *out, TS_ERROR_ARGS);
/* A second handle to the same tensor. */
TS_EXPORT int32_t ts_alias(ts_tensor tensor, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_contiguous(ts_tensor tensor, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_copy_(ts_tensor self, ts_tensor source, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_fill_(ts_tensor self, double value, TS_ERROR_ARGS);

/* ---- ops/shape.cpp: views, joins, selection ---- */
TS_EXPORT int32_t ts_reshape(ts_tensor tensor, const int64_t *shape, int32_t rank, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_transpose(ts_tensor tensor, int64_t dim0, int64_t dim1, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_unsqueeze(ts_tensor tensor, int64_t dim, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_squeeze(ts_tensor tensor, int64_t dim, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_expand(ts_tensor tensor, const int64_t *shape, int32_t rank, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_narrow(ts_tensor tensor, int64_t dim, int64_t start, int64_t length, ts_tensor *out,
                            TS_ERROR_ARGS);
TS_EXPORT int32_t ts_select(ts_tensor tensor, int64_t dim, int64_t index, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_cat(const ts_tensor *tensors, int32_t count, int64_t dim, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_stack(const ts_tensor *tensors, int32_t count, int64_t dim, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_index_select(ts_tensor tensor, int64_t dim, ts_tensor index, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_index_copy_(ts_tensor self, int64_t dim, ts_tensor index, ts_tensor source, TS_ERROR_ARGS);
/* self[..., index[i], ...] = source[i] along one dimension, elementwise as torch.Tensor.scatter_; index int64 of
 * source's shape. */
TS_EXPORT int32_t ts_scatter_(ts_tensor self, int64_t dim, ts_tensor index, ts_tensor source, TS_ERROR_ARGS);
/* A copy of tensor with source added at the indices of one dimension; repeated indices add up. Differentiable. */
TS_EXPORT int32_t ts_index_add(ts_tensor tensor, int64_t dim, ts_tensor index, ts_tensor source, ts_tensor *out,
                               TS_ERROR_ARGS);
TS_EXPORT int32_t ts_gather(ts_tensor tensor, int64_t dim, ts_tensor index, ts_tensor *out, TS_ERROR_ARGS);
/* `mask` must be bool. */
TS_EXPORT int32_t ts_masked_fill(ts_tensor tensor, ts_tensor mask, double value, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_where(ts_tensor condition, ts_tensor yes, ts_tensor no, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_repeat_interleave(ts_tensor tensor, int64_t repeats, int64_t dim, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_tril(ts_tensor tensor, int64_t diagonal, ts_tensor *out, TS_ERROR_ARGS);

/* ---- ops/arithmetic.cpp: elementwise ---- */
TS_EXPORT int32_t ts_add(ts_tensor a, ts_tensor b, double scale_b, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_mul(ts_tensor a, ts_tensor b, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_div(ts_tensor a, ts_tensor b, ts_tensor *out, TS_ERROR_ARGS);
/* Where the tensor is integer and the number whole, the number counts as an integer, here and in every function with a
 * double factor. */
TS_EXPORT int32_t ts_add_scalar(ts_tensor a, double b, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_mul_scalar(ts_tensor a, double b, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_pow_scalar(ts_tensor a, double exponent, ts_tensor *out, TS_ERROR_ARGS);
/* Elementwise functions by number; the order is that of ts_unary_function. */
typedef enum {
  TS_NEG = 0,
  TS_EXP,
  TS_LOG,
  TS_SQRT,
  TS_RSQRT,
  TS_SQUARE,
  TS_ABS,
  TS_SIGMOID,
  TS_LOG_SIGMOID,
  TS_SILU,
  TS_TANH,
  TS_RELU,
  TS_GELU,
  TS_GELU_TANH,
  TS_SIN,
  TS_COS,
  TS_ISFINITE,
  TS_LOGICAL_NOT
} ts_unary_function;
TS_EXPORT int32_t ts_unary(int32_t function, ts_tensor a, ts_tensor *out, TS_ERROR_ARGS);
typedef enum { TS_LT = 0, TS_LE, TS_GT, TS_GE, TS_EQ, TS_NE } ts_comparison;
TS_EXPORT int32_t ts_compare(int32_t comparison, ts_tensor a, ts_tensor b, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_compare_scalar(int32_t comparison, ts_tensor a, double b, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_logical_and(ts_tensor a, ts_tensor b, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_logical_or(ts_tensor a, ts_tensor b, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_maximum(ts_tensor a, ts_tensor b, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_clamp(ts_tensor a, double minimum, double maximum, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_add_(ts_tensor self, ts_tensor other, double scale, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_mul_scalar_(ts_tensor self, double factor, TS_ERROR_ARGS);
/* self += value * a * b and self += value * a / b. */
TS_EXPORT int32_t ts_addcmul_(ts_tensor self, ts_tensor a, ts_tensor b, double value, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_addcdiv_(ts_tensor self, ts_tensor a, ts_tensor b, double value, TS_ERROR_ARGS);

/* ---- ops/reduce.cpp ---- */
/* rank 0 dims reduces over everything. */
TS_EXPORT int32_t ts_sum(ts_tensor a, const int64_t *dims, int32_t count, int32_t keep, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_mean(ts_tensor a, const int64_t *dims, int32_t count, int32_t keep, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_amax(ts_tensor a, int64_t dim, int32_t keep, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_argmax(ts_tensor a, int64_t dim, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_logsumexp(ts_tensor a, int64_t dim, int32_t keep, ts_tensor *out, TS_ERROR_ARGS);
/* dtype of the result and of the arithmetic; -1 keeps the input's. */
TS_EXPORT int32_t ts_softmax(ts_tensor a, int64_t dim, int32_t dtype, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_log_softmax(ts_tensor a, int64_t dim, int32_t dtype, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_cumsum(ts_tensor a, int64_t dim, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_topk(ts_tensor a, int64_t k, int64_t dim, ts_tensor *values, ts_tensor *indices, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_sort_descending(ts_tensor a, int64_t dim, ts_tensor *values, ts_tensor *indices, TS_ERROR_ARGS);
/* A bfloat16 or float32 weight [outputs, depth] in the order in which products of few rows read it, as bytes, which say
 * themselves what they hold; with AVX-512 a bfloat16 number takes 12 bits, without loss. NULL where this processor has
 * no use for it. */
TS_EXPORT int32_t ts_pack_weights(ts_tensor weight, ts_tensor *out, TS_ERROR_ARGS);
/* linear(input, weight) without gradients; the same sums as ts_linear's for up to 128 rows. */
TS_EXPORT int32_t ts_packed_linear(ts_tensor input, ts_tensor packed, int64_t outputs, ts_tensor *out, TS_ERROR_ARGS);
/* A projection of a decoder block: weight x + bias + lora_scale lora_b lora_a x. weight [out, in]; NULL where there is
 * none: `packed`, what ts_pack_weights makes of it; bias [out], which only query, key and value may have; lora_a [r,
 * in] and lora_b [out, r]. */
typedef struct {
  ts_tensor weight, packed, bias, lora_a, lora_b;
  double lora_scale;
} ts_decode_projection;
/* A decoder block for ts_decode. Norms are NULL where the block has none; those of queries and keys are per head, or
 * over all; `inner` is the feed-forward, SwiGLU of gate and up. keys and values are [N or more, key heads, capacity,
 * D], cos and sin [N, R/2] or NULL. window 0 is unlimited, soft_cap 0 none; what is added to the hidden states is
 * multiplied by residual_scale. */
typedef struct {
  ts_decode_projection query, key, value, output, gate, up, down;
  ts_tensor norm_before_attention, query_norm, key_norm, norm_after_attention, norm_before_inner, norm_after_inner;
  ts_tensor keys, values, cos, sin;
  double epsilon, scale, soft_cap, residual_scale;
  int64_t window;
  int32_t heads, plus_one, norm_per_head;
} ts_decode_block;
/* Blocks one after the other for one new token per row, on the CPU: hidden [N, H] changes in place; keys and values
 * receive the token at `positions` [N] and are attended to up to it. */
TS_EXPORT int32_t ts_decode(const ts_decode_block *blocks, int32_t count, ts_tensor hidden, const int64_t *positions,
                            TS_ERROR_ARGS);
/* Sum of squares of all elements of all tensors, accumulated in float64. NULL entries count as zero. */
TS_EXPORT int32_t ts_sum_of_squares(const ts_tensor *tensors, int32_t count, double *result, TS_ERROR_ARGS);
/* Dot product of two tensors of equal shape, accumulated in float64. */
TS_EXPORT int32_t ts_dot64(ts_tensor a, ts_tensor b, double *result, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_all_finite(ts_tensor a, int32_t *finite, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_max_abs_difference(ts_tensor a, ts_tensor b, double *result, TS_ERROR_ARGS);

/* ---- ops/neural.cpp: products and layers ---- */
TS_EXPORT int32_t ts_matmul(ts_tensor a, ts_tensor b, ts_tensor *out, TS_ERROR_ARGS);
/* input [..., in] x weight [out, in] + bias [out] (may be NULL). On a CPU by kernels of the shim, bfloat16 on all of
 * them and float32 from AVX2 on, as are the products below. Never by libtorch's products of 16-bit numbers there, which
 * are slow: what is left to it is widened to float32 and rounded once. */
TS_EXPORT int32_t ts_linear(ts_tensor input, ts_tensor weight, ts_tensor bias, ts_tensor *out, TS_ERROR_ARGS);
/* weight [V, H], ids int64 [...] -> [..., H]. */
TS_EXPORT int32_t ts_embedding(ts_tensor weight, ts_tensor ids, ts_tensor *out, TS_ERROR_ARGS);
/* Chooses one token per row of logits [N, V]: the likeliest at temperature 0, else softmax(logits / temperature) in
 * float64, cut to the top_k likeliest (0: all) and of those to the fewest that together reach top_p, inverted at
 * `uniforms` (N numbers in [0, 1), may be NULL at temperature 0) in the order of the vocabulary. Of equals the lower
 * ids come first. -> N tokens and their log-probabilities (temperature 1, nothing cut; NaN for a row that holds a NaN
 * or an infinity). */
TS_EXPORT int32_t ts_choose(ts_tensor logits, const double *uniforms, double temperature, int64_t top_k, double top_p,
                            int64_t *tokens, float *log_probs, TS_ERROR_ARGS);
/* x / sqrt(mean(x^2) + epsilon) over the last dimension in float32, back to x's dtype, times weight [H] (Zhang and
 * Sennrich 2019). */
TS_EXPORT int32_t ts_rms_norm(ts_tensor x, ts_tensor weight, double epsilon, ts_tensor *out, TS_ERROR_ARGS);
/* Rotary embedding in the half-split form of Hugging Face: x [N, heads, T, D], cos and sin broadcastable to it. */
TS_EXPORT int32_t ts_rotate(ts_tensor x, ts_tensor cos, ts_tensor sin, ts_tensor *out, TS_ERROR_ARGS);

/* ---- ops/fused_*.cpp: the same in single passes, with backward passes of their own ---- */
/* As ts_rms_norm; with plus_one times (1 + weight), in float32 throughout. */
TS_EXPORT int32_t ts_fused_rms_norm(ts_tensor x, ts_tensor weight, double epsilon, int32_t plus_one, ts_tensor *out,
                                    TS_ERROR_ARGS);
/* silu(gate) * up. */
TS_EXPORT int32_t ts_swiglu(ts_tensor gate, ts_tensor up, ts_tensor *out, TS_ERROR_ARGS);
/* linear(rms_norm(x), weights[i], biases[i]) for every i; entries of `biases` may be NULL. The norm is computed again
 * in backward, not kept. `out` receives `count` tensors. */
TS_EXPORT int32_t ts_rms_norm_linear(ts_tensor x, ts_tensor norm, double epsilon, int32_t plus_one,
                                     const ts_tensor *weights, const ts_tensor *biases, int32_t count, ts_tensor *out,
                                     TS_ERROR_ARGS);
/* linear(swiglu(gate, up), weight, bias); bias may be NULL. The activation is computed again in backward, not kept. */
TS_EXPORT int32_t ts_swiglu_linear(ts_tensor gate, ts_tensor up, ts_tensor weight, ts_tensor bias, ts_tensor *out,
                                   TS_ERROR_ARGS);
/* log softmax(hidden [R, H] x weight [V, H]^T) at targets int64 [R] -> [R], float32 (float64 for float64), `columns` of
 * the vocabulary at a time. Logits of the first `kept` columns, taken down to whole chunks, are kept for the backward
 * pass, the others computed again there: never more than [R, kept + columns] is held. A target outside the vocabulary
 * is an error on the CPU; elsewhere, where asking would wait for the device, its result is NaN. */
TS_EXPORT int32_t ts_log_prob_head(ts_tensor hidden, ts_tensor weight, ts_tensor targets, int64_t columns, int64_t kept,
                                   ts_tensor *out, TS_ERROR_ARGS);
/* Attention over one packed row of T tokens: q [T, heads, D], k and v [T, key heads, D]; cos and sin [T, R/2] turn the
 * first R numbers of q and k (both NULL: none). `segments` holds `count` triples (start, length, parent): a prompt has
 * parent -1 and is followed by its responses, whose parent is its number; a response sees the whole prompt and itself
 * up to the query. window 0 is unlimited, soft_cap 0 none. `composed` is a ts_attention_path. -> [T, heads, D]; tokens
 * in no segment get 0. */
typedef enum {
  TS_BEST = 0, /* the CPU's kernels; on CUDA the variable-length flash kernel where it takes the tensors, else segment
                  by segment */
  TS_COMPOSED_BY_SEGMENT = 1,  /* libtorch's own operations */
  TS_COMPOSED_IN_ONE_CALL = 2, /* as for the flash kernel, which on the CPU a loop stands in for */
} ts_attention_path;
TS_EXPORT int32_t ts_segment_attention(ts_tensor q, ts_tensor k, ts_tensor v, ts_tensor cos, ts_tensor sin,
                                       const int64_t *segments, int32_t count, double scale, int64_t window,
                                       double soft_cap, int32_t composed, ts_tensor *out, TS_ERROR_ARGS);
/* Sum of squares of all elements of all tensors: blocks in float32, blocks' sums in float64. NULL entries count as
 * zero. */
TS_EXPORT int32_t ts_gradient_squares(const ts_tensor *tensors, int32_t count, double *result, TS_ERROR_ARGS);
/* A parameter that ts_update_ changes, with all that belongs to it. A parameter in bfloat16 has float32 moments; where
 * `residue` is not NULL, the two are the halves of a float32 (ts_split_float32). first_moment is AdamW's, NULL for
 * RMSprop. `number` tells the parameters' random numbers apart, whichever of them are updated together. */
typedef struct {
  ts_tensor parameter, gradient, first_moment, second_moment, residue;
  double decay;
  int32_t number;
} ts_updated_tensor;
/* RMSprop's alpha is beta2, and it has no beta1. Gradients, of any type, are multiplied by gradient_scale; `step`
 * counts from 1. A bfloat16 parameter without residue is rounded at random by `seed`, or, where that is NULL, to the
 * nearest. */
typedef struct {
  double learning_rate, beta1, beta2, epsilon, gradient_scale;
  int64_t step;
  const uint64_t *seed;
  int32_t adamw; /* 0: RMSprop */
} ts_update_constants;
/* A step of torch.optim's AdamW or RMSprop, over all parameters at once. */
TS_EXPORT int32_t ts_update_(const ts_updated_tensor *tensors, int32_t count, const ts_update_constants *constants,
                             TS_ERROR_ARGS);

/* A float32 as a bfloat16, rounded to nearest with ties away from zero, and the 16 bits below, which are no number by
 * themselves; and back, bit for bit. */
TS_EXPORT int32_t ts_split_float32(ts_tensor wide, ts_tensor *high, ts_tensor *low, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_join_float32(ts_tensor high, ts_tensor low, ts_tensor *wide, TS_ERROR_ARGS);

/* Moves the gradients of `narrow` into those of `wide`, in wide's type: set where there was none, else added. */
TS_EXPORT int32_t ts_accumulate_gradients(const ts_tensor *narrow, const ts_tensor *wide, int32_t count, TS_ERROR_ARGS);

/* ---- ops/autograd.cpp ---- */
TS_EXPORT int32_t ts_set_requires_grad(ts_tensor tensor, int32_t required, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_requires_grad(ts_tensor tensor, int32_t *required, TS_ERROR_ARGS);
/* Sum of the tensors' version counters (at::Tensor::_version), which every operation that writes to one raises. */
TS_EXPORT int32_t ts_version_sum(const ts_tensor *tensors, int32_t count, int64_t *sum, TS_ERROR_ARGS);
/* `gradient` may be NULL for a scalar. */
TS_EXPORT int32_t ts_backward(ts_tensor tensor, ts_tensor gradient, TS_ERROR_ARGS);
/* *out is NULL when there is no gradient. */
TS_EXPORT int32_t ts_grad(ts_tensor tensor, ts_tensor *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_clear_grad(ts_tensor tensor, TS_ERROR_ARGS);
/* Sets this thread's grad mode and returns the previous one. */
TS_EXPORT int32_t ts_set_grad_mode(int32_t enabled, int32_t *previous, TS_ERROR_ARGS);

/* ---- ops/random.cpp ---- */
/* All 64 bits of the seed count; below 2^32 a CPU generator gives the numbers of torch.Generator().manual_seed(seed).
 */
TS_EXPORT int32_t ts_generator_new(uint64_t seed, int32_t device, ts_generator *out, TS_ERROR_ARGS);
TS_EXPORT void ts_generator_free(ts_generator generator);
TS_EXPORT int32_t ts_normal_(ts_tensor self, double mean, double deviation, ts_generator generator, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_uniform_(ts_tensor self, double low, double high, ts_generator generator, TS_ERROR_ARGS);

/* ---- ops/graph.cpp: CUDA graphs, work on a device recorded once and launched again as one ---- */
/* 1 where this library was built with CUDA's headers and libtorch sees a CUDA device, else 0; without it all below are
 * errors. */
TS_EXPORT int32_t ts_graphs_available(int32_t *available, TS_ERROR_ARGS);
/* From here until ts_graph_end or ts_graph_free the calling thread works on a stream of its own on that device, and
 * what it runs before ts_graph_begin warms up: libraries make their handles and choose their ways. Memory of the
 * recorded work comes from the pool of another graph `pool_of`, or, where that is NULL, from a new one. Graphs of one
 * pool overwrite each other's results: take them before the next replay. */
TS_EXPORT int32_t ts_graph_new(int32_t device, ts_graph pool_of, ts_graph *out, TS_ERROR_ARGS);
/* From here on this thread's work on the device is recorded, not done. Nothing in it may wait for the device or copy
 * from pageable memory. */
TS_EXPORT int32_t ts_graph_begin(ts_graph graph, TS_ERROR_ARGS);
/* Ends the recording; the thread goes back to the stream that it was on. After an error here or in between only
 * ts_graph_free is left. */
TS_EXPORT int32_t ts_graph_end(ts_graph graph, TS_ERROR_ARGS);
/* Does the recorded work on the calling thread's current stream, with what its tensors hold now; does not wait for it.
 */
TS_EXPORT int32_t ts_graph_replay(ts_graph graph, TS_ERROR_ARGS);
/* On the thread that made it where it has not ended; puts that thread's stream back. */
TS_EXPORT void ts_graph_free(ts_graph graph);

/* ---- ops/process_group.cpp: processes that work together, over libtorch's c10d ---- */
/* Whether this libtorch has c10d with Gloo; without it everything else here fails. */
TS_EXPORT int32_t ts_groups_available(int32_t *available, TS_ERROR_ARGS);
/* Waits until `size` processes have called it with the same store and prefix and ranks 0 to size - 1. The store is a
 * TCP server at host and port, which the process that `serves` starts. The connections to others leave from the
 * network interface of that name, or, where it is empty, from that address of this machine. `timeout_ms` bounds this
 * and every operation. All processes must call the same operations in the same order with the same shapes. */
TS_EXPORT int32_t ts_group_new(const char *store_host, int32_t store_port, int32_t serves, const char *prefix,
                               int32_t rank, int32_t size, const char *device_interface, const char *device_address,
                               int64_t timeout_ms, ts_group *out, TS_ERROR_ARGS);
TS_EXPORT void ts_group_free(ts_group group);
/* Fails where this process finds no NCCL; the message says why. */
TS_EXPORT int32_t ts_require_nccl(TS_ERROR_ARGS);
/* Called by all processes, each with its own device: whether its tensors can be exchanged where they lie. Those of the
 * CPU can; those of CUDA where every process finds NCCL (ts_configure says where) and has a GPU to itself. */
TS_EXPORT int32_t ts_group_join_device(ts_group group, int32_t device, int32_t *joined_device, TS_ERROR_ARGS);
/* Each begins an operation and returns at once; its tensors, contiguous and on the CPU or on a device that has joined,
 * must not be touched before ts_work_wait. An operation that fails, at its beginning or in its wait, leaves the group
 * useless. Sums are float32, float64 or int64, the same bits in every process; whatever is only moved may have any
 * type. */
TS_EXPORT int32_t ts_group_all_reduce(ts_group group, ts_tensor tensor, ts_work *out, TS_ERROR_ARGS);
/* The sum in the root's tensor; the others' hold nothing of use then. */
TS_EXPORT int32_t ts_group_reduce(ts_group group, ts_tensor tensor, int32_t root, ts_work *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_group_broadcast(ts_group group, ts_tensor tensor, int32_t root, ts_work *out, TS_ERROR_ARGS);
/* whole: the parts of all ranks, one after the other; autograd does not notice that it is written to. */
TS_EXPORT int32_t ts_group_all_gather(ts_group group, ts_tensor part, ts_tensor whole, ts_work *out, TS_ERROR_ARGS);
/* part: the sum over all processes of the part of `whole` that is this rank's, added up in the order of ranks. */
TS_EXPORT int32_t ts_group_reduce_scatter(ts_group group, ts_tensor whole, ts_tensor part, ts_work *out, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_group_barrier(ts_group group, ts_work *out, TS_ERROR_ARGS);
/* Notes in the store, which work after an operation has failed as long as the store is there. */
TS_EXPORT int32_t ts_group_leave_word(ts_group group, const char *key, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_group_has_word(ts_group group, const char *key, int32_t *found, TS_ERROR_ARGS);
TS_EXPORT int32_t ts_work_wait(ts_work work, TS_ERROR_ARGS);
TS_EXPORT void ts_work_free(ts_work work);

#ifdef __cplusplus
}
#endif
#endif
