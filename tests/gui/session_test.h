#pragma once
#include <QObject>

class SessionTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase();
  void aBrokenFileOfTheFolderIsToldOf_data();
  void aBrokenFileOfTheFolderIsToldOf();
  void otherPeoplesFilesArePassedOver();
  void theLastProjectComesAfterTheFolders();
  void aProjectIsShownAsItWasLeft();
  void theCommandLineChoosesBeforeTheMemory();
  void anotherProjectHasItsOwnView();
  void brokenMemoryIsIgnored();
  void hiddenViewsWaitUntilTheyAreSeen();
  void flipPointsFollowAfterTheViews();
};
