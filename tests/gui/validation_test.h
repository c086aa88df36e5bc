#pragma once
#include <QObject>

class ValidationTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void resultsAreRead();
  void wrongResultsAreRefused_data();
  void wrongResultsAreRefused();
  void theTableHoldsWhatTheChildSaid();
  void aRunIsMeasured();
  void cancellingIsQuick();
  void aTableIsPredictedAndFitted();
  void thisMachineIsCalibrated();
  void aNoisyCalibrationIsRefusedUntilItIsTakenAnyway();
  void calibratingIsCancelled();
  void withoutAGpuTheReasonIsSaid();
  void aRunBringsACalibrationUpToDate();
  void aWrongColumnIsNamed();
  void filesAreDropped();
};
