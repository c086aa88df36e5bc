#include "kernels/nccl/nccl_functions.h"

#include <dlfcn.h>

#include <cstdlib>
#include <vector>

#include "kernels/cuda_device.h"

namespace kernels {

namespace {

template <class Function>
void find(const NcclFunctions& nccl, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(nccl.library.get(), name));
  if (function == nullptr)
    throw CudaError("NCCL: " + nccl.path + " has no " + name + "; NCCL 2.18 or later is needed");
}

}  // namespace

NcclFunctions open_nccl() {
  NcclFunctions nccl;
  std::vector<std::string> names = {"libnccl.so.2", "libnccl.so"};
  if (const char* own = std::getenv("RINGSIDE_NCCL_LIBRARY"); own != nullptr && *own != '\0') names = {own};
  std::string tried;
  for (const std::string& name : names) {
    if (void* handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL); handle != nullptr) {
      // Never closed: NCCL has threads of its own, which run on after the last call.
      nccl.library = std::shared_ptr<void>(handle, [](void*) {});
      nccl.path = name;
      break;
    }
    const char* error = dlerror();
    tried += (tried.empty() ? "" : "; ") + std::string(error == nullptr ? name : error);
  }
  if (!nccl.library)
    throw CudaError("NCCL cannot be opened (" + tried +
                    "); install libnccl2, or set RINGSIDE_NCCL_LIBRARY to the file libnccl.so.2");
  find(nccl, "ncclGetVersion", nccl.get_version);
  find(nccl, "ncclGetUniqueId", nccl.get_unique_id);
  find(nccl, "ncclGetErrorString", nccl.get_error_string);
  find(nccl, "ncclGetLastError", nccl.get_last_error);
  find(nccl, "ncclCommInitRankConfig", nccl.init_rank_config);
  find(nccl, "ncclCommGetAsyncError", nccl.get_async_error);
  find(nccl, "ncclCommFinalize", nccl.finalize);
  find(nccl, "ncclCommDestroy", nccl.destroy);
  find(nccl, "ncclCommAbort", nccl.abort);
  find(nccl, "ncclGroupStart", nccl.group_start);
  find(nccl, "ncclGroupEnd", nccl.group_end);
  find(nccl, "ncclSend", nccl.send);
  find(nccl, "ncclRecv", nccl.receive);
  find(nccl, "ncclAllGather", nccl.all_gather);
  return nccl;
}

}  // namespace kernels
