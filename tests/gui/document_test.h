#pragma once
#include <QObject>

class DocumentTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void arithmeticInFields_data();
  void arithmeticInFields();
  void wrongArithmeticSaysWhatIsRight_data();
  void wrongArithmeticSaysWhatIsRight();
  void everyFieldReadsBackAsItself();
  void anEditIsOneStepOfUndo();
  void editsOfOneFieldMerge();
  void aFailedEditChangesNothing();
  void openSaveIsByteStable();
  void aBrokenFileLeavesTheProjectAlone();
  void aFullDiskLeavesTheFileAlone();
  void theSelectionFollowsItsFamily();
  void aPinnedPlanIsShown();
  void staleResultsAreDropped();
};
