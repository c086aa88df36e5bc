// NCCL's topology dump (NCCL_TOPO_DUMP_FILE): the GPUs, NVLinks, PCIe connections and network cards of one
// node.
//
// Only what the file says; what node of a scenario it makes is nccl_topology_node.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "costmodel/base/units.h"

namespace costmodel {

struct NcclTopologyGpu {
  int dev = 0;                            // CUDA device number
  int sm = 0;                             // compute capability x 10, as 90 for Hopper
  std::string bus;                        // PCI bus id, lower case
  std::string pci_device;                 // PCI device id, "0x2330"; empty when the file leaves it out
  int domain = 0;                         // which NUMA domain (cpu element) it hangs on, counted from 0
  int switch_links = 0;                   // NVLinks to NVSwitches
  std::vector<std::string> link_targets;  // bus id of the GPU at the end of each other NVLink
  int c2c_links = 0;                      // NVLink-C2C to a CPU (Grace)
  BytesPerSecond pcie;                    // rated, per direction; 0 when the file does not say
  int line = 0;
};

enum class GpuDirect { no, yes };

struct NcclTopologyNic {
  std::string name;      // "mlx5_0"
  BytesPerSecond speed;  // rated
  GpuDirect gpu_direct = GpuDirect::no;
};

struct NcclTopology {
  std::string file;                   // as the user wrote it
  std::vector<NcclTopologyGpu> gpus;  // sorted by bus id within their domains, as in the file
  std::vector<NcclTopologyNic> nics;  // distinct names
  int domains = 0;                    // NUMA domains that have GPUs
  int hosts = 1;                      // operating systems; several in one NVLink domain of a rack
};

// Throw Error with file, line and column for anything that is not a complete dump with GPUs in it.
NcclTopology parse_nccl_topology_xml(std::string_view text, const std::string& file);
NcclTopology read_nccl_topology_xml(const std::string& path);

}  // namespace costmodel
