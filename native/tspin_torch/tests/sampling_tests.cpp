// Choosing the next token.
#include "tests/harness.h"

#include <numeric>

namespace tspin::tests {
namespace {

// The same with a sorted vocabulary.
Choice plain(const Memory<float> &logits, double uniform, const SamplingRule &rule) {
  const auto n = logits.size();
  const auto at = [&](int64_t i) { return static_cast<double>(logits[i]); };
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return at(a) > at(b); });
  const auto largest = at(order[0]);
  double all = 0;
  for (int64_t i = 0; i < n; i++) {
    all += std::exp(at(i) - largest);
  }
  const auto chosen = [&](int64_t token) { return Choice{token, at(token) - largest - std::log(all)}; };
  if (rule.temperature == 0) {
    return chosen(order[0]);
  }
  const auto weight = [&](int64_t i) { return std::exp((at(i) - largest) / rule.temperature); };
  auto kept = static_cast<size_t>(rule.top_k > 0 ? std::min(rule.top_k, n) : n);
  if (rule.top_p < 1) {
    double total = 0, reached = 0;
    for (size_t i = 0; i < kept; i++) {
      total += weight(order[i]);
    }
    size_t count = 0;
    while (count < kept && reached < total * rule.top_p) {
      reached += weight(order[count++]);
    }
    kept = count;
  }
  std::vector<int64_t> left(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept));
  std::sort(left.begin(), left.end());
  double total = 0, reached = 0;
  for (const auto i : left) {
    total += weight(i);
  }
  for (const auto i : left) {
    reached += weight(i);
    if (reached > total * uniform) {
      return chosen(i);
    }
  }
  return chosen(left.back());
}

Choice choose(Cases &cases, const Memory<float> &logits, double uniform, const SamplingRule &rule) {
  const Memory<double> weights(logits.size());
  const Memory<int32_t> ids(logits.size());
  const auto choice = cases.kernels.choose(logits.data(), logits.size(), uniform, rule, weights.data(), ids.data());
  cases.record(&choice.token, sizeof(choice.token));
  cases.record(&choice.log_prob, sizeof(choice.log_prob));
  return choice;
}

constexpr SamplingRule kRules[] = {{0, 0, 1},      {1, 0, 1},     {0.7, 0, 1},     {2.5, 0, 1},     {1, 1, 1},
                                   {1, 2, 1},      {0.8, 40, 1},  {1, 100000, 1},  {1, 0, 0.9},     {1, 0, 0.1},
                                   {1, 0, 1e-9},   {1, 0, 0.999}, {0.6, 20, 0.95}, {1.3, 500, 0.5}, {1, 3, 0.3},
                                   {100, 0, 0.99}, {0.01, 0, 0.5}};

void against_plain(Cases &cases, int64_t n, const char *name, const Memory<float> &logits) {
  for (const auto &rule : kRules) {
    cases.about(text("%d logits, %s, temperature %g, top-k %d, top-p %g", static_cast<int>(n), name, rule.temperature,
                     static_cast<int>(rule.top_k), rule.top_p));
    bool same = true, alike = true;
    Draws draws(9);
    for (const double uniform : {0.0, 0.25, 0.5, 0.999999999, draws.uniform(), draws.uniform(), draws.uniform()}) {
      const auto actual = choose(cases, logits, uniform, rule), expected = plain(logits, uniform, rule);
      same = same && actual.token == expected.token;
      alike = alike && std::abs(actual.log_prob - expected.log_prob) < 1e-11;
    }
    cases.holds("tokens are those of a sorted vocabulary", same);
    cases.holds("log-probabilities are those of float64", alike);
  }
}

void not_finite(Cases &cases) {
  for (const int64_t n : {1, 40, 600}) {
    for (const auto value : {NAN, INFINITY}) {
      for (const auto at : {int64_t{0}, n / 2, n - 1}) {
        Memory<float> logits(n);
        Draws draws(3);
        logits.draw([&] { return draws.normal(); });
        logits[at] = value;
        bool fits = true;
        for (const auto &rule : kRules) {
          const auto choice = choose(cases, logits, 0.4, rule);
          fits = fits && choice.token >= 0 && choice.token < n && std::isnan(choice.log_prob);
        }
        cases.about(text("%d logits, %g at %d", static_cast<int>(n), value, static_cast<int>(at)));
        cases.holds("some token, and the log-probability NaN", fits);
      }
    }
  }
  cases.about("logits of minus infinity");
  Memory<float> logits(50);
  logits.fill(-INFINITY);
  logits[7] = logits[30] = 1;
  bool fits = true;
  for (const auto &rule : kRules) {
    for (const double uniform : {0.0, 0.3, 0.7, 0.999999}) {
      const auto choice = choose(cases, logits, uniform, rule);
      fits = fits && (choice.token == 7 || choice.token == 30) && std::abs(choice.log_prob + std::log(2)) < 1e-12;
    }
  }
  cases.holds("are never chosen and count for nothing", fits);
}

} // namespace

void sampling(Cases &cases) {
  for (const int64_t n : {1, 2, 5, 511, 513, 3000, 20000}) {
    Draws draws(static_cast<uint64_t>(n));
    Memory<float> logits(n);
    logits.draw([&] { return 3 * draws.normal(); });
    against_plain(cases, n, "all different", logits);
    logits.draw([&] { return std::round(2 * draws.normal()) / 2; });
    against_plain(cases, n, "many alike", logits);
    logits.fill(0.5f);
    against_plain(cases, n, "all alike", logits);
    logits[n - 1] = 60;
    against_plain(cases, n, "one far above the others", logits);
  }
  not_finite(cases);
}

} // namespace tspin::tests
