#pragma once
#include <QObject>

class AgreementTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void everyNumberEqualsTheCommandLines_data();
  void everyNumberEqualsTheCommandLines();
};
