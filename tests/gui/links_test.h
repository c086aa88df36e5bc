#pragma once
#include <QObject>

class LinksTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void theTableIsRead();
  void wrongTablesNameTheColumn_data();
  void wrongTablesNameTheColumn();
  void theMatrixHasEveryLinkAndSlice();
  void rowsShowTheBusiest();
  void phasesThatOverlapAddUp();
  void coloursGrowBrighter();
  void aSimulationFillsTheView();
  void theTimelineAndTheLinksMoveTogether();
  void theMouseAndTheKeyboardChoose();
  void theKeysAreThoseOfTheTimeline();
  void averagesArePredictedWithoutASimulation();
  void timePlays();
  void manyLinksStayFast();
};
