#pragma once
#include <QObject>

class LimitsTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void aBoxLimitsTheSearch();
  void theLastBoxStays();
  void aNamedPlanLeavesNothingToLimit();
  void theSavedFileHasTheSameAnswer();
  void aRemedyIsOneStepOfUndo();
  void aPlanThatFitsOffersNoRemedy();
};
