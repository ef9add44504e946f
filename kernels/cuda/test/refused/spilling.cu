// Needs more registers than it is compiled with (-maxrregcount=24).
__global__ void spilling(float* x) {
  float v[32];
#pragma unroll
  for (int i = 0; i < 32; ++i) v[i] = x[threadIdx.x + i * 64];
#pragma unroll 1
  for (int step = 0; step < 8; ++step)
#pragma unroll
    for (int i = 0; i < 32; ++i) v[i] = v[i] * v[(i * 7 + 5) % 32] + x[step];
#pragma unroll
  for (int i = 0; i < 32; ++i) x[threadIdx.x + i * 64] = v[i];
}
