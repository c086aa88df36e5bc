#include "costmodel/base/on_threads.h"

#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace costmodel {

void on_threads(int threads, const std::function<void(int)>& work, const std::function<void()>& stop) {
  std::exception_ptr failure;
  std::mutex failure_lock;
  const auto guarded = [&](int thread) {
    try {
      work(thread);
    } catch (...) {
      const std::lock_guard guard(failure_lock);
      failure = std::current_exception();
      stop();
    }
  };
  {
    std::vector<std::jthread> others;
    for (int t = 1; t < threads; ++t) others.emplace_back(guarded, t);
    guarded(0);
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace costmodel
