#include "validation/kernel_names.h"

#include <string>

#include "tests/catch.h"

using namespace validation;

namespace {

constexpr KernelRole main_role = KernelRole::main, helper = KernelRole::helper;

const std::string fa2_forward =
    "void flash_fwd_kernel<Flash_fwd_kernel_traits<128, 128, 64, 4, false, false, cutlass::bfloat16_t, "
    "Flash_kernel_traits<128, 128, 64, 4, cutlass::bfloat16_t> >, false, true, false, false, true, false>"
    "(Flash_fwd_params)";
const std::string fa3_backward =
    "void "
    "cutlass::device_kernel<flash::enable_sm90<flash::FlashAttnBwdSm90<flash::CollectiveMainloopBwdSm90<2, "
    "2, "
    "1, cute::tuple<cute::C<1> > > > > >(Params)";

}  // namespace

TEST_CASE("attention kernels of FlashAttention, cuDNN and PyTorch are told forward from backward") {
  using enum KernelKind;
  const auto is = [](const std::string& name, KernelKind kind, KernelRole role = main_role) {
    INFO(name);
    CHECK(kernel_class(name) == KernelClass{kind, role});
  };
  is(fa2_forward, attention_forward);
  is("void pytorch_flash::flash_fwd_splitkv_kernel<X>(Y)", attention_forward);
  is("void flash_fwd_splitkv_combine_kernel<X>(Y)", attention_forward, helper);
  is("void flash_bwd_dq_dk_dv_loop_seqk_parallel_kernel<X>(Flash_bwd_params)", attention_backward);
  is("void flash_bwd_convert_dq_kernel<X>(Flash_bwd_params, int)", attention_backward, helper);
  is("void flash_bwd_dot_do_o_kernel<true, X>(Flash_bwd_params)", elementwise);
  is(fa3_backward, attention_backward);
  is("void cutlass::device_kernel<flash::FlashAttnFwdSm90<X> >(Y)", attention_forward);
  is("void cutlass::device_kernel<flash::FlashAttnBwdPostprocessConvertdQ<X> >(Y)", attention_backward,
     helper);
  is("void cutlass::device_kernel<flash::FlashAttnBwdPreprocess<X> >(Y)", elementwise);
  is("cudnn_generated_fort_native_sdpa_sm90_flash_fprop_wgmma_f16_knob_7_64x128x128_4x1x1_kernel0_0",
     attention_forward);
  is("cudnn_generated_fort_native_sdpa_sm90_flash_bprop_wgmma_f16_knob_26_64x64x128_1x4x1_kernel0_0",
     attention_backward);
  is("fmha_cutlassF_bf16_aligned_64x128_rf_sm80(PyTorchMemEffAttention::X)", attention_forward);
  is("fmha_cutlassB_bf16_aligned_128x128_k128_sm80(X)", attention_backward);
}

TEST_CASE("messages, products, passes and copies are told apart") {
  using enum KernelKind;
  const auto kind_of = [](const std::string& name) { return kernel_class(name).kind; };
  CHECK(kind_of("ncclDevKernel_SendRecv(ncclDevKernelArgsStorage<4096ul>)") == exchange);
  CHECK(kind_of("ncclKernel_SendRecv_RING_SIMPLE_Sum_int8_t(ncclWork*)") == exchange);
  CHECK(kind_of("ncclDevKernel_AllGather_RING_LL(ncclDevKernelArgsStorage<4096ul>)") == collective);
  CHECK(kind_of("ncclDevKernel_ReduceScatter_Sum_bf16_RING_LL(X)") == collective);
  CHECK(kind_of("ncclKernel_AllReduce_RING_LL_Sum_float(ncclWorkElem)") == collective);
  CHECK(kind_of("Memcpy PtoP (Device -> Device)") == exchange);
  CHECK(kind_of("Memcpy DtoH (Device -> Pinned)") == host);
  CHECK(kind_of("[CUDA memcpy Host-to-Device]") == host);
  CHECK(kind_of("Memcpy DtoD (Device -> Device)") == elementwise);
  CHECK(kind_of("ampere_bf16_s16816gemm_bf16_128x256_ldg8_f2f_stages_64x3_tn") == gemm);
  CHECK(kind_of("nvjet_tst_128x256_64x4_1x2_h_bz_coopA_TNT") == gemm);
  CHECK(kind_of("void at::native::vectorized_elementwise_kernel<4, at::native::X>(int)") == elementwise);
  CHECK(kind_of("triton_poi_fused_mul_silu_0") == elementwise);
  CHECK(kind_of("my_own_kernel") == unknown);
  // An all-to-all is sends and receives; the framework says what they are.
  CHECK(kernel_class("ncclDevKernel_SendRecv(X)", "all_to_allv").kind == collective);
  CHECK(kernel_class("ncclDevKernel_SendRecv(X)", "sendrecv").kind == exchange);
}

TEST_CASE("long names of kernels are shortened to what tells them apart") {
  CHECK(short_kernel_name(fa2_forward) == "flash_fwd_kernel");
  CHECK(short_kernel_name(fa3_backward) == "FlashAttnBwdSm90");
  CHECK(short_kernel_name("ncclDevKernel_SendRecv(ncclDevKernelArgsStorage<4096ul>)") ==
        "ncclDevKernel_SendRecv");
  CHECK(short_kernel_name(
            "void at::native::elementwise_kernel<128, 2, at::native::gpu_kernel_impl_nocast<at::native::"
            "CUDAFunctor_add<float> >(at::TensorIteratorBase&)::{lambda(int)#1}>(int)") ==
        "elementwise_kernel (CUDAFunctor_add)");
  CHECK(short_kernel_name("Memcpy DtoD (Device -> Device)") == "Memcpy DtoD (Device -> Device)");
  for (const char* odd : {"", ")", ">", "((", "a>", "::", "x::", "<>"}) CHECK_NOTHROW(short_kernel_name(odd));
}
