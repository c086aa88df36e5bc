#pragma once
#include <QObject>

class SweepTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void theGridHasTheScenario();
  void cellsSayWhatTheSearchSays();
  void curvesHaveEveryFamily();
  void aClickLoadsThePoint();
  void cancellingIsQuick();
  void closingDuringASweepIsFine();
  void aDragChoosesLimits();
  void simulatedWinnersAreShown();
};
