// Edits that were not saved outlive the program.
#pragma once

#include <QObject>

class RecoveryTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void editsAreWrittenAndGoneWhenSaved();
  void whatRunsIsNotOffered();
  void aCrashGivesTheEditBack();
  void whatCannotBeReadIsLeftAlone();
  void theWindowOffersIt();
};
