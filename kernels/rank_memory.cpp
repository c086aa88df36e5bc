#include "kernels/rank_memory.h"

#include <cstring>

namespace kernels {

namespace {

template <class Number, class Widen, class Narrow>
void sum_numbers(const std::vector<std::span<const std::byte>>& parts, std::span<std::byte> to, Widen widen,
                 Narrow narrow) {
  for (std::size_t at = 0; at < to.size(); at += sizeof(Number)) {
    float sum = 0;
    for (const std::span<const std::byte> part : parts) {
      Number number;
      std::memcpy(&number, part.data() + at, sizeof(Number));
      sum += widen(number);
    }
    const Number result = narrow(sum);
    std::memcpy(to.data() + at, &result, sizeof(Number));
  }
}

class HostRankMemory : public RankMemory {
 public:
  void settle() override {}
  void copy(std::span<const std::byte> from, std::span<std::byte> to) override {
    if (!from.empty()) std::memcpy(to.data(), from.data(), from.size());
  }
  void sum(const std::vector<std::span<const std::byte>>& parts, Element element,
           std::span<std::byte> to) override {
    if (element == Element::fp32)
      sum_numbers<float>(
          parts, to, [](float x) { return x; }, [](float x) { return x; });
    else
      sum_numbers<Bf16>(
          parts, to, [](Bf16 x) { return to_float(x); }, [](float x) { return to_bf16(x); });
  }
};

}  // namespace

std::unique_ptr<RankMemory> host_rank_memory() { return std::make_unique<HostRankMemory>(); }

}  // namespace kernels
