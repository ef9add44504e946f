// Products of a warpgroup (wgmma, sm_90a): four warps, the first a multiple of four, multiply matrices of bfloat16 in shared memory into float32
// sums in their registers, asynchronously.
//
// sums [64, N] += A [64, 16] B [16, N], both operands with their 16 columns of depth contiguous (A by rows, B by columns), in tiles as tensor
// copies with the 128-byte swizzle leave them: 64 columns of depth, rows of 128 bytes, the tile aligned to 1024. Thread 32 w + 4 g + t of the
// warpgroup holds in sums[i] the row 16 w + g + 8 (i / 2 % 2), column 8 (i / 4) + 2 t + i % 2: as mma.m16n8k16 does, for every 8 columns.
//
// fence_sums(); multiply_warpgroup(...) any number of times; commit_products(); wait_products<n>() until at most n committed groups are under
// way. Until then nobody may touch the sums or write what is read. settle(sums) after the wait keeps the compiler from reading them before it.
#pragma once

#include "shared.h"

namespace headscope::cuda {

// Where a tile's 16 columns of depth from `column` (0, 16, 32, 48) on begin.
HS_DEVICE uint64_t tile_descriptor(SharedAddress tile, int column) {
  constexpr uint64_t kRows8 = 1024 >> 4;      // from 8 rows to the next 8
  constexpr uint64_t kSwizzle128 = uint64_t{1} << 62;
  return kSwizzle128 | kRows8 << 32 | uint64_t{1} << 16 | ((tile + static_cast<uint32_t>(2 * column)) >> 4 & 0x3fff);
}

// A right factor that lies by its depth instead, as values of keys do: tiles of `tile_rows` rows of depth and 64 columns (128 bytes, as tensor copies leave
// them), the next 64 columns in the next tile. Its 16 rows of depth from `row` (a multiple of 16) on.
HS_DEVICE uint64_t depth_descriptor(SharedAddress tile, int row, int tile_rows) {
  constexpr uint64_t kRows8 = 1024 >> 4, kSwizzle128 = uint64_t{1} << 62;
  return kSwizzle128 | kRows8 << 32 | static_cast<uint64_t>(tile_rows * 128 >> 4) << 16 | ((tile + static_cast<uint32_t>(128 * row)) >> 4 & 0x3fff);
}

// The sums, as this thread changed them, become visible to products, and so do left factors in registers.
HS_DEVICE void fence_sums() {
#if HS_EMULATED
  emulator::Block::current().units().fence_sums();
#elif HS_SM90A
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#else
  no_hopper();
#endif
}
HS_DEVICE void commit_products() {
#if HS_EMULATED
  emulator::Block::current().units().commit_products();
#elif HS_SM90A
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
#else
  no_hopper();
#endif
}
template <int kGroups>
HS_DEVICE void wait_products() {
#if HS_EMULATED
  emulator::Block::current().units().wait_products(kGroups);
#elif HS_SM90A
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kGroups) : "memory");
#else
  no_hopper();
#endif
}
template <int kCount>
HS_DEVICE void settle(float (&sums)[kCount]) {
#if !HS_EMULATED
#pragma unroll
  for (int i = 0; i < kCount; ++i) asm volatile("" : "+f"(sums[i])::"memory");
#else
  (void)sums;
#endif
}

// The registers that a thread may use from here on, 24 to 256, a multiple of 8, said by all warps of a warpgroup. Those of a block may not
// add up to more than there are: a rise waits until others have given theirs back.
template <int kRegisters>
HS_DEVICE void lower_registers() {
  static_assert(kRegisters >= 24 && kRegisters <= 256 && kRegisters % 8 == 0);
#if !HS_EMULATED && HS_SM90A
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kRegisters));
#endif
}
template <int kRegisters>
HS_DEVICE void raise_registers() {
  static_assert(kRegisters >= 24 && kRegisters <= 256 && kRegisters % 8 == 0);
#if !HS_EMULATED && HS_SM90A
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kRegisters));
#endif
}

#define HS_SUMS_8(i) "+f"(sums[i]), "+f"(sums[i + 1]), "+f"(sums[i + 2]), "+f"(sums[i + 3]), "+f"(sums[i + 4]), "+f"(sums[i + 5]), "+f"(sums[i + 6]), "+f"(sums[i + 7])
#define HS_SUMS_32(i) HS_SUMS_8(i), HS_SUMS_8(i + 8), HS_SUMS_8(i + 16), HS_SUMS_8(i + 24)

// sums = a b, or += with accumulate.
HS_DEVICE void multiply_warpgroup(float (&sums)[32], uint64_t a, uint64_t b, bool accumulate) {
#if HS_EMULATED
  emulator::Block::current().units().multiply(sums, 64, nullptr, a, b, false, accumulate);
#elif HS_SM90A
  asm volatile(
      "{ .reg .pred p; setp.ne.b32 p, %34, 0; wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}, "
      "%32, %33, p, 1, 1, 0, 0; }"
      : HS_SUMS_32(0)
      : "l"(a), "l"(b), "r"(static_cast<int>(accumulate)));
#else
  no_hopper();
#endif
}
HS_DEVICE void multiply_warpgroup(float (&sums)[64], uint64_t a, uint64_t b, bool accumulate) {
#if HS_EMULATED
  emulator::Block::current().units().multiply(sums, 128, nullptr, a, b, false, accumulate);
#elif HS_SM90A
  asm volatile(
      "{ .reg .pred p; setp.ne.b32 p, %66, 0; wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
      "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
      "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63}, "
      "%64, %65, p, 1, 1, 0, 0; }"
      : HS_SUMS_32(0), HS_SUMS_32(32)
      : "l"(a), "l"(b), "r"(static_cast<int>(accumulate)));
#else
  no_hopper();
#endif
}
HS_DEVICE void multiply_warpgroup(float (&sums)[128], uint64_t a, uint64_t b, bool accumulate) {
#if HS_EMULATED
  emulator::Block::current().units().multiply(sums, 256, nullptr, a, b, false, accumulate);
#elif HS_SM90A
  asm volatile(
      "{ .reg .pred p; setp.ne.b32 p, %130, 0; wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
      "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
      "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, "
      "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, "
      "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, "
      "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, "
      "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127}, "
      "%128, %129, p, 1, 1, 0, 0; }"
      : HS_SUMS_32(0), HS_SUMS_32(32), HS_SUMS_32(64), HS_SUMS_32(96)
      : "l"(a), "l"(b), "r"(static_cast<int>(accumulate)));
#else
  no_hopper();
#endif
}

// sums += a b with the left factor in registers, as a[0..3] of mma.m16n8k16's fragment A of the warp's 16 rows (ptx/matrix.h), and the right one by its depth
// (depth_descriptor). The registers may not be written before the wait; the emulator does not see that.
HS_DEVICE void multiply_registers(float (&sums)[32], const uint32_t (&a)[4], uint64_t b) {
#if HS_EMULATED
  emulator::Block::current().units().multiply(sums, 64, a, 0, b, true, true);
#elif HS_SM90A
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}, "
      "{%32, %33, %34, %35}, %36, 1, 1, 1, 1;"
      : HS_SUMS_32(0)
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
#else
  no_hopper();
#endif
}
HS_DEVICE void multiply_registers(float (&sums)[64], const uint32_t (&a)[4], uint64_t b) {
#if HS_EMULATED
  emulator::Block::current().units().multiply(sums, 128, a, 0, b, true, true);
#elif HS_SM90A
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
      "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
      "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63}, "
      "{%64, %65, %66, %67}, %68, 1, 1, 1, 1;"
      : HS_SUMS_32(0), HS_SUMS_32(32)
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
#else
  no_hopper();
#endif
}
HS_DEVICE void multiply_registers(float (&sums)[128], const uint32_t (&a)[4], uint64_t b) {
#if HS_EMULATED
  emulator::Block::current().units().multiply(sums, 256, a, 0, b, true, true);
#elif HS_SM90A
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
      "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
      "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, "
      "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, "
      "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, "
      "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, "
      "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127}, "
      "{%128, %129, %130, %131}, %132, 1, 1, 1, 1;"
      : HS_SUMS_32(0), HS_SUMS_32(32), HS_SUMS_32(64), HS_SUMS_32(96)
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
#else
  no_hopper();
#endif
}

#undef HS_SUMS_32
#undef HS_SUMS_8

}  // namespace headscope::cuda
