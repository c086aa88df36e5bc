#pragma once
#include <QObject>

class WindowTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void theFirstScreenAnswers();
  void typingChangesEverything();
  void wrongInputKeepsTheLastResult();
  void aSelectionIsTheSameEverywhere();
  void aRubberBandSelectsEverywhere();
  void nothingFitsOffersWhatWould();
  void layoutsAreRestored();
  void theTimelineShowsAllGpus();
  void newViewsAreInThePalette();
  void everyFocusableWidgetHasAName();
  void theKeyboardDrivesEverything();
  void aBrokenFileSaysWhere();
  void aDroppedFileOpens();
  void viewsAreExported();
  void darkIsReadable();
  void framesAreFast();
};
