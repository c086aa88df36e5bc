// Something that takes a while and that the list of jobs shows: what it is, how far, what became of it.  The
// work itself is in the classes that derive from this one.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <optional>

namespace gui {

enum class JobState { waiting, running, done, failed, cancelled };
QString name_of(JobState state);

class Job : public QObject {
  Q_OBJECT

 public:
  // "Simulate", "burst 4 x 8".
  Job(QString kind, QString subject, QObject* parent = nullptr);

  const QString& kind() const { return kind_; }
  const QString& subject() const { return subject_; }
  JobState state() const { return state_; }
  bool running() const { return state_ == JobState::running; }
  bool over() const { return state_ != JobState::waiting && state_ != JobState::running; }
  // 0 to 1; nothing while that is not known.
  std::optional<double> progress() const { return progress_; }
  // That it has been running, or that it took; 0 before the start.
  double seconds() const;
  // Why it failed; else what it found, in a few words.
  const QString& message() const { return message_; }

  // Both return at once.
  virtual void begin() = 0;
  virtual void cancel() = 0;

 Q_SIGNALS:
  void changed();
  // Once for every job that was started or cancelled.
  void ended();

 protected:
  void setState(JobState state);
  void setProgress(double share);
  void setMessage(const QString& message) { message_ = message; }

 private:
  QString kind_, subject_, message_;
  JobState state_ = JobState::waiting;
  std::optional<double> progress_;
  QElapsedTimer clock_;
  double took_ = 0;  // s
};

}  // namespace gui
