#pragma once
#include <QObject>

class JobListTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void noMoreThanTheCoresRun();
  void aCrashLeavesTheOthersAlone();
  void cancellingStartsTheNext();
  void theTableFollows();
  void theKeyboardCancels();
  void theSweepIsListed();
  void whatIsOverIsForgotten();
  void closingAsksOnlyWhenWorkIsLost();
};
