// What the tests of the desktop program share: an evaluated project, and texts of scenarios.
#pragma once

#include <QString>
#include <memory>
#include <string>

#include "gui/window/main_window.h"
#include "gui/window/session.h"

// Attention alone: priced in milliseconds.  Ulysses 32 cannot split 8 kv heads.
inline const std::string quick_scenario =
    "# quick\n[model]\npreset = \"llama-3-8b\"\n\n[cluster]\npreset = \"dgx-h100\"\nnodes = 4\n\n"
    "[workload]\nphase = \"forward_backward\"\nsequence = \"256K\"\n";

// 65 billion parameters on one node: nothing fits.
inline const std::string hopeless_scenario =
    "[model]\npreset = \"llama-65b\"\n\n[cluster]\npreset = \"dgx-h100\"\n\n"
    "[workload]\nphase = \"training_step\"\nsequence = \"1M\"\n\n[search]\nzero = 0\noffload = \"none\"\n";

inline std::unique_ptr<gui::Session> openedSession(const std::string& toml = quick_scenario) {
  auto session = std::make_unique<gui::Session>();
  if (session->project.openText(toml, QStringLiteral("test.toml"))) return nullptr;
  session->evaluator.evaluateNow();
  return session;
}
