#pragma once
#include <QObject>

class ExploreTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void aLassoTakesWhatItEncloses();
  void theAxesCanBeChosen();
  void theFrontIsUnbeatenOnEveryPairOfAxes();
  void theCauseLeadsToItsStall();
  void aPartOfTheTimeIsShownInTheTimeline();
  void aPinnedPlanStaysOnTop();
  void enterOpensTheTimeline();
  void f2KeepsTheNumberOfACell();
  void f2KeepsATooltip();
  void aNumberOfTheVerdictIsExplained();
  void theFigureIsCopied();
  void aRunByKeysAlone();
  void typingIsAnsweredBeforeReturn();
};
