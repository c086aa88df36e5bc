// The functions of NCCL that we call, as pointers: the types come from nccl.h, the library from dlopen.
#pragma once

#include <nccl.h>

#include <memory>
#include <string>

namespace kernels {

struct NcclFunctions {
  std::shared_ptr<void> library;  // closed with the last copy
  std::string path;

  decltype(&ncclGetVersion) get_version = nullptr;
  decltype(&ncclGetUniqueId) get_unique_id = nullptr;
  decltype(&ncclGetErrorString) get_error_string = nullptr;
  decltype(&ncclGetLastError) get_last_error = nullptr;
  decltype(&ncclCommInitRankConfig) init_rank_config = nullptr;
  decltype(&ncclCommGetAsyncError) get_async_error = nullptr;
  decltype(&ncclCommFinalize) finalize = nullptr;
  decltype(&ncclCommDestroy) destroy = nullptr;
  decltype(&ncclCommAbort) abort = nullptr;
  decltype(&ncclGroupStart) group_start = nullptr;
  decltype(&ncclGroupEnd) group_end = nullptr;
  decltype(&ncclSend) send = nullptr;
  decltype(&ncclRecv) receive = nullptr;
  decltype(&ncclAllGather) all_gather = nullptr;
};

// Opens the library.  Throws CudaError with what was tried and what to do.
NcclFunctions open_nccl();

}  // namespace kernels
