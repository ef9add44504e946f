// Keeps an array in local memory, because it is indexed at run time.
__global__ void stack_frame(float* x, const int* order) {
  float v[32];
  for (int i = 0; i < 32; ++i) v[order[i]] = x[i];
  for (int i = 0; i < 32; ++i) x[i] = v[order[i + 32]];
}
