// The processes that share the work of a sweep, as one of them sees the others: messages, and nothing else.
// mpi_grid.h makes them of MPI processes.
//
// Rank 0 is the one that reads, hands out work and writes; it says so in these notes:
//   worker -> 0   hello (what it can do), result, alive (at least every second)
//   0 -> worker   setup (once), work, alive (at least every second); leaving ends the connection
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace cli {

enum class GridNote : char { hello = 'h', setup = 's', work = 'w', result = 'r', alive = 'a', leave = 'l' };

struct GridMessage {
  int from = 0;
  GridNote note = GridNote::alive;
  std::string text;
};

enum class LostRank {
  dead,
  silent,  // it may come back, and is told to go on waiting
};

class GridRanks {
 public:
  // Of rank 0: tells the others to leave.
  virtual ~GridRanks() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;
  virtual int on_this_machine() const = 0;  // how many of them
  // Does not wait.
  virtual void send(int to, GridNote note, const std::string& text) = 0;
  virtual std::optional<GridMessage> receive() = 0;
  // Nobody waits for that rank any more.
  virtual void give_up(int rank, LostRank how) = 0;
  // The whole job is being ended from outside: leave without a word.
  virtual void abandon() = 0;
};

// Tells the others that this rank is alive, when it is time to: call it often.
class Heartbeat {
 public:
  explicit Heartbeat(GridRanks& ranks) : ranks_(ranks) {}
  void beat() {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + std::chrono::milliseconds(500);
    if (ranks_.rank() != 0) return ranks_.send(0, GridNote::alive, "");
    for (int rank = 1; rank < ranks_.size(); ++rank) ranks_.send(rank, GridNote::alive, "");
  }

 private:
  GridRanks& ranks_;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace cli
