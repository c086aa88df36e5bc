#pragma once
#include <QObject>

class JobsTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void linesComeInPieces();
  void aSimulationAnswers();
  void aWindowShowsTheAnswer();
  void aLayerOfAStepLiesUnderItsPrediction();
  void cancellingIsQuick();
  void aCrashCostsOnlyTheJob();
  void aMissingProgramIsNamed();
  void aStaleAnswerIsDropped();
  void closingDuringAJobIsFine();
  void aSweepIsSimulatedInAChild();
};
