#include "gui/jobs/child_lines.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace gui {

namespace {
constexpr qsizetype most_messages = 20;
}

void ChildLines::add(const QByteArray& bytes) {
  begun_ += bytes;
  for (qsizetype end = begun_.indexOf('\n'); end >= 0; end = begun_.indexOf('\n')) {
    take(begun_.left(end));
    begun_.remove(0, end + 1);
  }
}

void ChildLines::take(const QByteArray& line) {
  const auto json = nlohmann::json::parse(line.begin(), line.end(), nullptr, false);
  if (json.is_object() && json.contains("progress") && json["progress"].is_number()) {
    progress_ = std::clamp(json["progress"].get<double>(), 0.0, 1.0);
    return;
  }
  if (line.trimmed().isEmpty()) return;
  messages_ << QString::fromUtf8(line.trimmed());
  if (messages_.size() > most_messages) messages_.removeFirst();
}

QString ChildLines::messages() const {
  QStringList all = messages_;
  if (!begun_.trimmed().isEmpty()) all << QString::fromUtf8(begun_.trimmed());
  return all.join(QLatin1Char('\n'));
}

}  // namespace gui
