// The test objects of this program, each in the file of its name.
#pragma once

#include <QObject>
#include <memory>
#include <vector>

namespace tests {

std::unique_ptr<QObject> painted_area_test();
std::unique_ptr<QObject> filtered_rows_test();
std::unique_ptr<QObject> folded_nodes_test();
std::unique_ptr<QObject> range_stack_test();
std::unique_ptr<QObject> plan_traces_test();
std::unique_ptr<QObject> timeline_keys_test();
std::unique_ptr<QObject> timeline_mouse_test();
std::unique_ptr<QObject> trace_files_test();

}  // namespace tests
