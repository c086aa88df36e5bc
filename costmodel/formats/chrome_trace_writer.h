// Writes Chrome's trace format, which Perfetto opens: one process per rank, one thread per lane.
//
// Knows the format and nothing of plans; what is said about a slice is for its user to name.
#pragma once

#include <string>
#include <string_view>

namespace costmodel {

class ChromeTraceWriter {
 public:
  // `about` is a JSON object of facts about the whole trace.
  explicit ChromeTraceWriter(std::string_view about);

  void name_rank(int rank, std::string_view name);
  void name_lane(int rank, int lane, std::string_view name);
  // Times in seconds; `facts` is a JSON object.
  void slice(int rank, int lane, std::string_view name, std::string_view category, double start,
             double duration, std::string_view facts);
  // A remark at one time of a rank.
  void remark(int rank, std::string_view text, std::string_view category, double at);

  std::string finish();  // the whole text; nothing may be added after it

 private:
  void begin_event();

  std::string text_;
};

}  // namespace costmodel
