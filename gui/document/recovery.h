// What was edited and is not saved, in a file of the program's own: written a moment after an edit, gone once
// the project is saved, undone or closed.  Every running program has one such file and holds a lock beside
// it, so that files whose program is gone can be offered to the next one.
#pragma once

#include <QLockFile>
#include <QObject>
#include <QTimer>
#include <vector>

#include "gui/document/project.h"

namespace gui {

// The edits of a program that ended without saving or discarding them.
struct RecoveredProject {
  QString file;  // that holds them
  QString path;  // of the project; empty when it was never saved
  QString title;
  std::string text;
  std::string saved_text;  // what it was edited from
};

class Recovery : public QObject {
  Q_OBJECT

 public:
  // Makes the folder when it is needed first.
  Recovery(Project& project, QString folder, QObject* parent = nullptr);
  ~Recovery() override;

  static QString usualFolder();

  // Newest first; what cannot be read is left alone.
  std::vector<RecoveredProject> found() const;
  // Opens the project as it was, its edits as one step of undo.  On a problem the present project stays.
  Problem restore(const RecoveredProject& recovered);
  void discard(const RecoveredProject& recovered);
  // Without waiting for the moment: for tests.
  void writeNow();

 private:
  void note();
  void removeOwn();

  Project& project_;
  QString folder_;
  QString file_;
  QLockFile lock_;
  QTimer soon_;
};

}  // namespace gui
