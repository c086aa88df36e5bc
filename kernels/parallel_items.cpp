#include "kernels/parallel_items.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace kernels {

void parallel_items(int threads, std::int64_t count, const std::function<void(int, std::int64_t)>& body) {
  std::atomic<std::int64_t> next{0};
  std::exception_ptr error;
  std::mutex error_mutex;
  const auto work = [&](int worker) {
    try {
      for (std::int64_t item = next++; item < count; item = next++) body(worker, item);
    } catch (...) {
      const std::lock_guard lock(error_mutex);
      if (!error) error = std::current_exception();
      next = count;
    }
  };
  const auto helpers = static_cast<int>(std::clamp<std::int64_t>(count, 1, std::max(threads, 1))) - 1;
  {
    std::vector<std::jthread> pool;
    try {
      for (int worker = 1; worker <= helpers; ++worker) pool.emplace_back(work, worker);
    } catch (const std::system_error&) {  // NOLINT(bugprone-empty-catch)
      // The system has no more threads to give: fewer are slower, not wrong.
    }
    work(0);
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace kernels
