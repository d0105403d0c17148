// The entries of process_group.cpp where this libtorch has no c10d with Gloo: each says so.
#include "ops/c10d.h"
#include "ops/guard.h"

using namespace tspin;

#if !defined(TS_GLOO)
namespace {

int32_t no_groups(const char *operation, char *error, int64_t capacity) {
  return guard(operation, {}, error, capacity,
               [] { TORCH_CHECK(false, "this libtorch has no c10d with Gloo, so that processes cannot join"); });
}

} // namespace

int32_t ts_groups_available(int32_t *available, TS_ERROR_ARGS) {
  return guard("groups_available", {}, error, error_capacity, [&] { *available = 0; });
}

int32_t ts_group_new(const char *, int32_t, int32_t, const char *, int32_t, int32_t, const char *, const char *,
                     int64_t, ts_group *, TS_ERROR_ARGS) {
  return no_groups("group_new", error, error_capacity);
}

void ts_group_free(ts_group) {}

int32_t ts_group_join_device(ts_group, int32_t, int32_t *, TS_ERROR_ARGS) {
  return no_groups("group_join_device", error, error_capacity);
}

int32_t ts_group_all_reduce(ts_group, ts_tensor, ts_work *, TS_ERROR_ARGS) {
  return no_groups("all_reduce", error, error_capacity);
}

int32_t ts_group_reduce(ts_group, ts_tensor, int32_t, ts_work *, TS_ERROR_ARGS) {
  return no_groups("reduce", error, error_capacity);
}

int32_t ts_group_broadcast(ts_group, ts_tensor, int32_t, ts_work *, TS_ERROR_ARGS) {
  return no_groups("broadcast", error, error_capacity);
}

int32_t ts_group_all_gather(ts_group, ts_tensor, ts_tensor, ts_work *, TS_ERROR_ARGS) {
  return no_groups("all_gather", error, error_capacity);
}

int32_t ts_group_reduce_scatter(ts_group, ts_tensor, ts_tensor, ts_work *, TS_ERROR_ARGS) {
  return no_groups("reduce_scatter", error, error_capacity);
}

int32_t ts_group_barrier(ts_group, ts_work *, TS_ERROR_ARGS) { return no_groups("barrier", error, error_capacity); }

int32_t ts_group_leave_word(ts_group, const char *, TS_ERROR_ARGS) {
  return no_groups("leave_word", error, error_capacity);
}

int32_t ts_group_has_word(ts_group, const char *, int32_t *, TS_ERROR_ARGS) {
  return no_groups("has_word", error, error_capacity);
}

int32_t ts_work_wait(ts_work, TS_ERROR_ARGS) { return no_groups("wait", error, error_capacity); }

void ts_work_free(ts_work) {}

#endif
