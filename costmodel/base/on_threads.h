// The same work on several threads of which the calling one is the first, until all are done.
#pragma once

#include <functional>

namespace costmodel {

// Calls work(t) for 0 <= t < threads, work(0) here.  When one throws, `stop` is called at once, so that the
// others may end early; the exception is thrown when all have ended, of several one of them.
void on_threads(int threads, const std::function<void(int)>& work, const std::function<void()>& stop);

}  // namespace costmodel
