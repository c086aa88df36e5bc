#pragma once
#include <QObject>

class ModelsTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void columnsGiveWayInOrder();
  void modelAndProxyObeyTheirContract();
  void rejectedPlansStayBelowWithTheirReason();
  void theFilterLooksAtNamesAndReasons();
  void barsAddUpToTheTime();
  void memorySharesAddUpToThePeak();
  void theMemoryOfAllRanksIsSaid();
  void timePartsAddUpToTheTime();
  void tablesAsText();
  void theBaselineColumnFollowsTheBaseline();
  void thePaletteUnderstandsShortCommands();
  void tooltipsHaveFormulaNumbersAndProvenance();
  void fontsAreThere();
};
