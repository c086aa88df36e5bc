// The standard error of `ringside ... --progress json`: lines of JSON with the progress, everything else is a
// message for people.  Bytes come in pieces of any size.
#pragma once

#include <QByteArray>
#include <QStringList>
#include <optional>

namespace gui {

class ChildLines {
 public:
  void add(const QByteArray& bytes);

  // Of the newest line that has one, 0 to 1; nothing before the first.
  std::optional<double> progress() const { return progress_; }
  // The last messages, a line that never ended included.
  QString messages() const;

 private:
  void take(const QByteArray& line);

  QByteArray begun_;  // a line whose end has not come
  QStringList messages_;
  std::optional<double> progress_;
};

}  // namespace gui
