// Ctrl-C, a polite end (SIGTERM) and a reader of the standard output that has gone, as one question.
#pragma once

namespace cli {

enum class CancelSignal : int { none, interrupt, end };

// While one lives, signals set a flag instead of ending the program.  One at a time.
class Cancellation {
 public:
  Cancellation();
  ~Cancellation();
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  CancelSignal signal() const;  // the last one
  bool by_signal() const { return signal() != CancelSignal::none; }
  // SIGCONT came since the last question.
  bool was_continued() const;
  // Nobody reads what would be written to the standard output.
  bool reader_gone() const;
  bool requested() const { return by_signal() || reader_gone(); }

 private:
  void (*interrupt_before_)(int);
  void (*end_before_)(int);
  void (*continue_before_)(int);
};

}  // namespace cli
