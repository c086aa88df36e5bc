#include "gui/window/run.h"

int main(int argc, char** argv) { return gui::run(argc, argv); }
