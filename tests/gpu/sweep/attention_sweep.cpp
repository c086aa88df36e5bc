// Rates of the cuda backends on this GPU, as JSON on stdout:  ringside_gpu_sweep [--quick] [--commit HASH]
//
// Per backend, head dim, length, mask and direction: device time of one step between two events, after half a
// second of the same work; 20 samples, median and median absolute deviation; inputs are normal random numbers
// in several sets that together are larger than twice the second-level cache, used in turn; after the last
// sample three rows of the output are compared with fp64.  A spread above 3 % is reported as "reliable":
// false, a wrong row ends with 1 once all is written. Flop: 4 x dim per kept pair and head forward, 10 x dim
// backward, whatever a kernel really multiplies. Then a ring of eight virtual ranks (barrier to barrier)
// beside one plain step of the same work.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "kernels/backend.h"
#include "kernels/cuda_state.h"
#include "kernels/nccl_ranks.h"
#include "kernels/virtual_ranks.h"

namespace {

using namespace kernels;
using Json = nlohmann::json;

constexpr int samples = 20;
constexpr double warm_up_seconds = 0.5;
constexpr double largest_error = 2e-2;  // of a row in bf16: docs/kernels.md

struct Case {
  std::int64_t batch, rows, heads, dim;
  Mask mask;
};

struct Spread {
  double median = 0, deviation = 0;  // median absolute deviation, relative
};

Spread spread_of(std::vector<double> times) {
  const auto median = [](std::vector<double>& x) {
    std::sort(x.begin(), x.end());
    return (x[(x.size() - 1) / 2] + x[x.size() / 2]) / 2;
  };
  Spread spread;
  spread.median = median(times);
  for (double& time : times) time = std::fabs(time - spread.median);
  spread.deviation = median(times) / spread.median;
  return spread;
}

std::vector<Bf16> normal_numbers(std::int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<Bf16> block(std::min<std::int64_t>(count, 1 << 20)), numbers;
  for (Bf16& x : block) x = to_bf16(normal(random));
  while (static_cast<std::int64_t>(numbers.size()) < count)  // repeats after a million numbers
    numbers.insert(numbers.end(), block.begin(),
                   block.begin() + std::min<std::int64_t>(static_cast<std::int64_t>(block.size()),
                                                          count - static_cast<std::int64_t>(numbers.size())));
  return numbers;
}

// All tensors of one case in device memory.
struct Tensors {
  Tensors(const Case& c, unsigned seed, const CudaStream& stream) : of(c) {
    const std::int64_t numbers = c.batch * c.rows * c.heads * c.dim, rows = c.batch * c.rows * c.heads;
    for (CudaMemory* tensor : {&q, &k, &v, &d_output}) {
      const std::vector<Bf16> values = normal_numbers(numbers, seed++);
      *tensor = CudaMemory(numbers * 2);
      cuda_copy(values.data(), tensor->data(), tensor->size(), stream.handle());
      stream.synchronize();
    }
    output = CudaMemory(numbers * 2);
    for (CudaMemory* tensor : {&carried, &dq, &dk, &dv}) *tensor = CudaMemory(numbers * 4);
    for (CudaMemory* per_row : {&max, &sum, &lse, &delta}) *per_row = CudaMemory(rows * 4);
  }
  TensorView view(const CudaMemory& memory, Element element) const {
    return packed_view(static_cast<void*>(memory.data()), element, of.batch, of.rows, of.heads, of.dim);
  }
  RowView rows(const CudaMemory& memory) const {
    return packed_rows(reinterpret_cast<float*>(memory.data()), of.batch, of.heads, of.rows);
  }
  ForwardStep forward() const {
    return {view(q, Element::bf16), view(k, Element::bf16), view(v, Element::bf16), {}, of.mask,
            softmax_scale(of.dim)};
  }
  ForwardState state() const { return {view(carried, Element::fp32), rows(max), rows(sum)}; }
  BackwardStep backward() const {
    return {view(q, Element::bf16),
            view(k, Element::bf16),
            view(v, Element::bf16),
            view(d_output, Element::bf16),
            rows(lse),
            rows(delta),
            {},
            of.mask,
            softmax_scale(of.dim)};
  }
  GradientState gradients() const {
    return {view(dq, Element::fp32), view(dk, Element::fp32), view(dv, Element::fp32)};
  }
  std::int64_t bytes() const { return q.size() * 14; }

  Case of;
  CudaMemory q, k, v, d_output, output, carried, dq, dk, dv, max, sum, lse, delta;
};

// The largest error of three rows of the finished output, relative to the largest number of the row.
double worst_row(const Tensors& t, const CudaStream& stream) {
  const Case& c = t.of;
  const auto fetch = [&](const CudaMemory& memory) {
    std::vector<Bf16> numbers(static_cast<std::size_t>(memory.size() / 2));
    cuda_copy(memory.data(), numbers.data(), memory.size(), stream.handle());
    stream.synchronize();
    return numbers;
  };
  const std::vector<Bf16> q = fetch(t.q), k = fetch(t.k), v = fetch(t.v), output = fetch(t.output);
  const auto at = [&](const std::vector<Bf16>& x, std::int64_t row, std::int64_t d) {
    return static_cast<double>(
        to_float(x[static_cast<std::size_t>(row * c.heads * c.dim + d)]));  // batch 0, head 0
  };
  double worst = 0;
  for (const std::int64_t row : {std::int64_t{0}, c.rows / 2, c.rows - 1}) {
    const KeyRange seen = keys_seen({}, c.mask, row, c.rows);
    std::vector<double> truth(static_cast<std::size_t>(c.dim)), scores;
    double max = -INFINITY, sum = 0, largest = 0, error = 0;
    for (std::int64_t key = seen.first; key < seen.last; ++key) {
      double score = 0;
      for (std::int64_t d = 0; d < c.dim; ++d) score += at(q, row, d) * at(k, key, d);
      scores.push_back(score * softmax_scale(c.dim));
      max = std::max(max, scores.back());
    }
    for (std::int64_t key = seen.first; key < seen.last; ++key) {
      const double p = std::exp(scores[static_cast<std::size_t>(key - seen.first)] - max);
      sum += p;
      for (std::int64_t d = 0; d < c.dim; ++d) truth[static_cast<std::size_t>(d)] += p * at(v, key, d);
    }
    for (std::int64_t d = 0; d < c.dim; ++d) {
      const double x = truth[static_cast<std::size_t>(d)] / sum;
      largest = std::max(largest, std::fabs(x));
      const double gap = std::fabs(x - at(output, row, d));
      error = std::max(error, std::isnan(gap) ? INFINITY : gap);  // max alone would pass over a NaN
    }
    worst = std::max(worst, error / largest);
  }
  return worst;
}

enum class Direction { forward, backward };

Json measure(const Backend& backend, const Case& c, Direction direction, std::int64_t cache) {
  const CudaStream stream;
  StepOptions options;
  options.stream = stream.handle();
  std::vector<Tensors> sets;
  do {
    sets.emplace_back(c, static_cast<unsigned>(sets.size() * 4 + 1), stream);
    const Tensors& t = sets.back();
    cuda_reset(t.state(), options.stream);
    backend.forward_step(t.forward(), t.state(), options);
    cuda_finish(t.state(), t.view(t.output, Element::bf16), t.rows(t.lse), options.stream);
    cuda_delta_of(t.view(t.d_output, Element::bf16), t.view(t.output, Element::bf16), t.rows(t.delta),
                  options.stream);
    cuda_reset(t.gradients(), options.stream);
    stream.synchronize();
  } while (static_cast<std::int64_t>(sets.size()) * sets.front().bytes() < 2 * cache);
  std::size_t turn = 0;
  double host_seconds = 0;
  const auto step = [&] {
    const Tensors& t = sets[turn++ % sets.size()];
    if (direction == Direction::forward) cuda_reset(t.state(), options.stream);
    CudaTimer timer;
    timer.start(stream);
    const auto start = std::chrono::steady_clock::now();
    if (direction == Direction::forward)
      backend.forward_step(t.forward(), t.state(), options);
    else
      backend.backward_step(t.backward(), t.gradients(), options);
    host_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    timer.stop(stream);
    return timer.seconds();
  };
  for (double warm = 0; warm < warm_up_seconds;) warm += step();
  std::vector<double> times;
  for (int i = 0; i < samples; ++i) times.push_back(step());
  const Spread spread = spread_of(times);
  const double pairs = static_cast<double>(kept_pairs({}, c.mask, c.rows, c.rows) * c.batch * c.heads);
  const double flop = pairs * static_cast<double>(c.dim) * (direction == Direction::forward ? 4 : 10);
  Json row = {{"backend", backend.name},
              {"direction", direction == Direction::forward ? "forward" : "backward"},
              {"batch", c.batch},
              {"rows", c.rows},
              {"heads", c.heads},
              {"dim", c.dim},
              {"element", "bf16"},
              {"mask", text_of(c.mask)},
              {"seconds", spread.median},
              {"relative_deviation", spread.deviation},
              {"samples", times},
              {"flop_per_second", flop / spread.median},
              {"host_seconds", host_seconds},
              {"reliable", spread.deviation <= 0.03}};
  if (direction == Direction::forward) {
    const Tensors& t = sets[(turn + sets.size() - 1) % sets.size()];
    cuda_finish(t.state(), t.view(t.output, Element::bf16), t.rows(t.lse), options.stream);
    stream.synchronize();
    row["worst_row_error"] = worst_row(t, stream);
  }
  return row;
}

// One forward pass of a striped ring; every rank's keys visit all ranks.  Seconds from barrier to barrier.
double virtual_ring_seconds(const Backend& backend, const Case& c, int size) {
  double seconds = 0;
  run_virtual_ranks(size, {}, [&](const VirtualRank& rank) {
    Case shard = c;
    shard.rows /= size;
    Tensors t(shard, static_cast<unsigned>(rank.ranks.rank()) * 4 + 1, rank.stream);
    CudaMemory next_k(t.k.size()), next_v(t.v.size());
    StepOptions options;
    options.stream = rank.stream.handle();
    const int me = rank.ranks.rank(), to = (me + 1) % size, from = (me + size - 1) % size;
    for (int pass = 0; pass < 4; ++pass) {  // the last one counts
      cuda_reset(t.state(), options.stream);
      rank.ranks.barrier();
      const auto start = std::chrono::steady_clock::now();
      for (int hop = 0; hop < size; ++hop) {
        const auto k_hop = rank.ranks.start_exchange({t.k.bytes(), to, next_k.bytes(), from, 0});
        const auto v_hop = rank.ranks.start_exchange({t.v.bytes(), to, next_v.bytes(), from, 1});
        ForwardStep step = t.forward();
        step.position = {me, size, (me + size - hop) % size, size};
        backend.forward_step(step, t.state(), options);
        k_hop->finish();
        v_hop->finish();
        std::swap(t.k, next_k);
        std::swap(t.v, next_v);
      }
      rank.stream.synchronize();
      rank.ranks.barrier();
      if (me == 0) seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
  });
  return seconds;
}

std::string now() {
  const std::time_t time = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&time));
  return text;
}

}  // namespace

int main(int arguments, char** values) {
  std::string commit = "unknown";
  bool quick = false;
  for (int i = 1; i < arguments; ++i) {
    if (std::strcmp(values[i], "--quick") == 0) quick = true;
    if (std::strcmp(values[i], "--commit") == 0 && i + 1 < arguments) commit = values[++i];
  }
  const CudaDevices found = cuda_devices();
  if (found.devices.empty()) {
    std::cerr << "ringside_gpu_sweep: " << found.why_none << '\n';
    return 3;
  }
  try {
    const CudaDevice& device = found.devices.front();
    Json report = {{"schema", "ringside/gpu_sweep/1"},
                   {"device", device.name},
                   {"compute_capability", std::to_string(device.major) + "." + std::to_string(device.minor)},
                   {"multiprocessors", device.multiprocessors},
                   {"driver", device.driver},
                   {"runtime", device.runtime},
                   {"date", now()},
                   {"commit", commit},
                   {"nccl", why_no_nccl().empty() ? nccl_version() : why_no_nccl()},
                   {"attention", Json::array()},
                   {"virtual_ring", Json::array()}};
    bool right = true;
    StepNeeds needs;
    needs.element = Element::bf16;
    needs.memory = Memory::device;
    for (const Backend& backend : backends()) {
      if (!backend.rejects(needs).empty()) continue;
      for (const std::int64_t dim : {64, 128})
        for (std::int64_t rows = 2048; rows <= (quick ? 4096 : 32768); rows *= 2)
          for (const Mask& mask : {Mask{MaskKind::causal}, Mask{MaskKind::full}})
            for (const Direction direction : {Direction::forward, Direction::backward}) {
              const Case c = {std::max<std::int64_t>(1, 16384 / rows), rows, 2048 / dim, dim, mask};
              report["attention"].push_back(measure(backend, c, direction, device.second_level_cache));
              // Written so that a NaN is wrong.
              right = right && (direction == Direction::backward ||
                                report["attention"].back()["worst_row_error"].get<double>() <= largest_error);
              std::cerr << report["attention"].back()["flop_per_second"].get<double>() * 1e-12 << " TFLOP/s  "
                        << backend.name << " dim " << dim << " rows " << rows << ' ' << text_of(mask)
                        << (direction == Direction::forward ? " forward\n" : " backward\n");
            }
      const Case c = {1, quick ? 8192 : 32768, 16, 128, Mask{MaskKind::causal}};
      const Json plain = measure(backend, c, Direction::forward, device.second_level_cache);
      const double ring = virtual_ring_seconds(backend, c, 8);
      report["virtual_ring"].push_back({{"backend", backend.name},
                                        {"ranks", 8},
                                        {"rows", c.rows},
                                        {"dim", c.dim},
                                        {"seconds", ring},
                                        {"plain_seconds", plain["seconds"]},
                                        {"ratio", ring / plain["seconds"].get<double>()}});
    }
    std::cout << report.dump(1) << '\n';
    if (right) return 0;
    std::cerr << "ringside_gpu_sweep: a worst_row_error is above " << largest_error << '\n';
    return 1;
  } catch (const std::exception& error) {
    std::cerr << "ringside_gpu_sweep: " << error.what() << '\n';
    return 3;
  }
}
