// Communicators whose buffers are device memory: virtual ranks on one GPU, NCCL on one GPU.
#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <thread>

#include "kernels/attention_state.h"
#include "kernels/cuda_state.h"
#include "kernels/nccl_ranks.h"
#include "kernels/virtual_ranks.h"
#include "tests/catch.h"
#include "tests/gpu/on_device.h"

using namespace kernels;
using namespace kernel_tests;
using namespace gpu_tests;

namespace {

// Device memory with numbers in it.
CudaMemory numbers_on_device(const std::vector<float>& numbers, const CudaStream& stream) {
  CudaMemory memory(static_cast<std::int64_t>(numbers.size()) * 4);
  cuda_copy(numbers.data(), memory.data(), memory.size(), stream.handle());
  stream.synchronize();
  return memory;
}
std::vector<float> numbers_of(const CudaMemory& memory, const CudaStream& stream) {
  std::vector<float> numbers(static_cast<std::size_t>(memory.size() / 4));
  cuda_copy(memory.data(), numbers.data(), memory.size(), stream.handle());
  stream.synchronize();
  return numbers;
}
std::span<float> floats(const CudaMemory& memory) {
  return {reinterpret_cast<float*>(memory.data()), static_cast<std::size_t>(memory.size() / 4)};
}

// Ranks are threads, in which Catch's assertions must not be used; an exception fails the run.
void expect(bool holds, const char* what) {
  if (!holds) throw std::logic_error(std::string(what) + " gave a wrong number");
}

// Each operation once; rank r brings numbers that say r.
void check_operations(Communicator& ranks, const CudaStream& stream) {
  const int me = ranks.rank(), size = ranks.size();
  std::vector<float> mine(static_cast<std::size_t>(size) * 1000);
  std::iota(mine.begin(), mine.end(), static_cast<float>(me) * 0.25F);
  const CudaMemory send = numbers_on_device(mine, stream), part(4000);
  const CudaMemory same = numbers_on_device(std::vector<float>(mine.size()), stream);
  const CudaMemory all(send.size() * size);

  ranks.exchange({send.bytes(), (me + 1) % size, same.bytes(), (me + size - 1) % size, 0});
  expect(numbers_of(same, stream)[3] == 3 + static_cast<float>((me + size - 1) % size) * 0.25F, "exchange");
  ranks.all_gather(send.bytes(), all.bytes());
  expect(numbers_of(all, stream).back() == mine.back() + static_cast<float>(size - 1 - me) * 0.25F,
         "all_gather");
  ranks.all_to_all(send.bytes(), same.bytes());
  const std::vector<float> swapped = numbers_of(same, stream);
  for (int from = 0; from < size; ++from)
    expect(swapped.at(static_cast<std::size_t>(from) * 1000) ==
               static_cast<float>(me * 1000) + static_cast<float>(from) * 0.25F,
           "all_to_all");
  ranks.reduce_scatter(floats(send), floats(part));
  float sum = 0;
  for (int from = 0; from < size; ++from)
    sum += static_cast<float>(me * 1000 + 7) + static_cast<float>(from) * 0.25F;
  expect(numbers_of(part, stream)[7] == sum, "reduce_scatter");
  ranks.barrier();
}

std::string failure_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("gpu: virtual ranks exchange, gather, scatter and sum") {
  for (const int size : {1, 2, 8})
    run_virtual_ranks(size, {}, [](const VirtualRank& rank) { check_operations(rank.ranks, rank.stream); });
}

TEST_CASE("gpu: a late virtual rank is an error on every rank") {
  const std::string message = failure_of([] {
    run_virtual_ranks(2, {std::chrono::milliseconds(200)}, [](const VirtualRank& rank) {
      if (rank.ranks.rank() == 1) std::this_thread::sleep_for(std::chrono::seconds(1));
      rank.ranks.barrier();
    });
  });
  CHECK(message.find("did not come to the barrier") != std::string::npos);
}

TEST_CASE("gpu: a ring of eight virtual ranks equals dense attention") {
  constexpr int size = 8;
  const Problem problem({1, 512, 4, 2, 128}, Element::bf16, {});
  const Shape& s = problem.shape;
  const std::int64_t share = s.rows / size;
  OwnedTensor output(Element::bf16, s.batch, s.rows, s.heads, s.dim);
  const DenseAttention dense = problem.dense();
  run_virtual_ranks(size, {}, [&](const VirtualRank& rank) {
    const int me = rank.ranks.rank();
    const auto shard = [&](const ConstTensorView& whole) {
      OwnedTensor packed(whole.element, whole.batch, share, whole.heads, whole.dim);
      for (std::int64_t i = 0; i < share; ++i)
        std::copy_n(whole.at(0, me + i * size, 0), whole.heads * whole.dim * 2,
                    rows_of(packed.view(), i, 1).at(0, 0, 0));
      return packed;
    };
    const auto to_device = [&](const OwnedTensor& tensor) {
      CudaMemory memory(static_cast<std::int64_t>(tensor.bytes.size()));
      cuda_copy(tensor.bytes.data(), memory.data(), memory.size(), rank.stream.handle());
      rank.stream.synchronize();
      return memory;
    };
    const CudaMemory q = to_device(shard(problem.q()));
    CudaMemory k = to_device(shard(problem.k())), v = to_device(shard(problem.v()));
    CudaMemory next_k(k.size()), next_v(v.size());
    const CudaMemory carried(q.size() * 2), max(s.heads * share * 4), sum(s.heads * share * 4);
    const CudaMemory finished(q.size()), lse(s.heads * share * 4);
    const auto view = [&](const CudaMemory& memory, Element element, std::int64_t heads) {
      return packed_view(static_cast<void*>(memory.data()), element, 1, share, heads, s.dim);
    };
    const auto rows = [&](const CudaMemory& memory) {
      return packed_rows(reinterpret_cast<float*>(memory.data()), 1, s.heads, share);
    };
    const ForwardState state = {view(carried, Element::fp32, s.heads), rows(max), rows(sum)};
    StepOptions options;
    options.stream = rank.stream.handle();
    StepNeeds needs;
    needs.dim = s.dim;
    needs.element = problem.element;
    needs.memory = Memory::device;
    const Backend& backend = choose_backend(needs);
    cuda_reset(state, options.stream);
    for (int hop = 0; hop < size; ++hop) {
      std::unique_ptr<PendingExchange> k_hop, v_hop;
      if (hop + 1 < size) {
        const int to = (me + 1) % size, from = (me + size - 1) % size;
        k_hop = rank.ranks.start_exchange({k.bytes(), to, next_k.bytes(), from, 0});
        v_hop = rank.ranks.start_exchange({v.bytes(), to, next_v.bytes(), from, 1});
      }
      backend.forward_step({view(q, Element::bf16, s.heads),
                            view(k, Element::bf16, s.kv_heads),
                            view(v, Element::bf16, s.kv_heads),
                            {me, size, (me + size - hop) % size, size},
                            problem.mask,
                            problem.scale},
                           state, options);
      if (hop + 1 == size) break;
      k_hop->finish();
      v_hop->finish();
      std::swap(k, next_k);
      std::swap(v, next_v);
    }
    cuda_finish(state, view(finished, Element::bf16, s.heads), rows(lse), options.stream);
    OwnedTensor mine(Element::bf16, 1, share, s.heads, s.dim);
    cuda_copy(finished.data(), mine.bytes.data(), finished.size(), options.stream);
    rank.stream.synchronize();
    for (std::int64_t i = 0; i < share; ++i)
      std::copy_n(mine.view().at(0, i, 0), s.heads * s.dim * 2, output.view().at(0, me + i * size, 0));
  });
  CHECK(relative_error(output.numbers(), dense.output) <= 4e-3);
}

TEST_CASE("gpu: nccl on one GPU") {
  if (const std::string why = why_no_nccl(); !why.empty()) {
    WARN(why);
    return;
  }
  run_nccl_ranks({0}, {}, [](const NcclRank& rank) { check_operations(rank.ranks, rank.stream); });
  NcclOptions few;
  few.most_blocks = 2;
  run_nccl_ranks({0}, few, [](const NcclRank& rank) { check_operations(rank.ranks, rank.stream); });
}

TEST_CASE("gpu: two nccl ranks on one GPU are refused with a remedy") {
  if (!why_no_nccl().empty()) return;
  const std::string message = failure_of([] {
    run_nccl_ranks({0, 0}, {}, [](const NcclRank& rank) { rank.ranks.barrier(); });
  });
  CHECK(message.find("a GPU of its own") != std::string::npos);
}
