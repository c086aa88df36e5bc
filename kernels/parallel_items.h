// Runs a body for items 0, 1, ..., count - 1 on a few threads.
//
// Threads take the next item when they are free, in ascending order: item i is taken only after all items
// before it were.  The threads live as long as the call; a step of a long-context block takes milliseconds,
// starting a thread tens of microseconds.
#pragma once

#include <cstdint>
#include <functional>

namespace kernels {

// body(worker, item): worker < max(1, threads) is the thread's number, for scratch memory.  The first
// exception of a body is thrown again here, when all threads have stopped.
void parallel_items(int threads, std::int64_t count, const std::function<void(int, std::int64_t)>& body);

}  // namespace kernels
