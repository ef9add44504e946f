// Causal attention, float32, heads of 32, for AVX-512: blocks of 64 queries by 64 keys, online softmax, recomputed backward.
#include <immintrin.h>
#include <cmath>
#include <cstring>
#include <algorithm>
constexpr int D = 32, T = 64;
using v16 = __m512;
// C[64 x N] (+)= A[64 x K] B[K x N]; A(i,k) = a[i*ar + k*ac]
template <int N, int K, int ar, int ac, bool add>
static inline void mul(const float* __restrict a, const float* __restrict b, float* __restrict c) {
  constexpr int V = N / 16, R = 16 / V;
  for (int i = 0; i < T; i += R) {
    v16 s[R][V];
    for (int r = 0; r < R; r++) for (int v = 0; v < V; v++) s[r][v] = add ? _mm512_loadu_ps(c + (i + r) * N + v * 16) : _mm512_setzero_ps();
    for (int k = 0; k < K; k++) {
      v16 bv[V];
      for (int v = 0; v < V; v++) bv[v] = _mm512_loadu_ps(b + k * N + v * 16);
#pragma GCC unroll 16
      for (int r = 0; r < R; r++) {
        v16 x = _mm512_set1_ps(a[(i + r) * ar + k * ac]);
#pragma GCC unroll 4
        for (int v = 0; v < V; v++) s[r][v] = _mm512_fmadd_ps(x, bv[v], s[r][v]);
      }
    }
    for (int r = 0; r < R; r++) for (int v = 0; v < V; v++) _mm512_storeu_ps(c + (i + r) * N + v * 16, s[r][v]);
  }
}
static inline v16 exp16(v16 x) {
  x = _mm512_max_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)), _mm512_set1_ps(-126.f));
  v16 n = _mm512_roundscale_ps(x, 0), f = _mm512_sub_ps(x, n);
  v16 p = _mm512_set1_ps(1.33335581e-3f);
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(9.61812911e-3f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(5.55041087e-2f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(2.40226507e-1f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(6.93147181e-1f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.f));
  return _mm512_scalef_ps(p, n);
}
static void pack(const float* x, long ld, float* y) { for (int i = 0; i < T; i++) memcpy(y + i * D, x + i * ld, D * 4); }
static void packT(const float* x, long ld, float* y) { for (int i = 0; i < T; i++) for (int d = 0; d < D; d++) y[d * T + i] = x[i * ld + d]; }
// q,o: [B,N,H,D]  k,v: [B,N,G,D]  lse: [B,H,N]
extern "C" void forward(const float* q, const float* k, const float* v, float* o, float* lse, long B, long N, long H, long G, float scale) {
  static thread_local float *kt = nullptr, *vv = nullptr; static thread_local long cap = 0;
  if (cap < N) { delete[] kt; delete[] vv; kt = new float[N * D]; vv = new float[N * D]; cap = N; }
  alignas(64) float Q[T * D], S[T * T], O[T * D]; float m[T], l[T];
  for (long b = 0; b < B; b++) for (long g = 0; g < G; g++) {
    for (long j = 0; j < N; j += T) { packT(k + ((b * N + j) * G + g) * D, G * D, kt + j * D); pack(v + ((b * N + j) * G + g) * D, G * D, vv + j * D); }
    for (long h = g * (H / G); h < (g + 1) * (H / G); h++) for (long i = 0; i < N; i += T) {
      pack(q + ((b * N + i) * H + h) * D, H * D, Q);
      for (auto& x : Q) x *= scale;
      memset(O, 0, sizeof O); for (int r = 0; r < T; r++) m[r] = -1e30f, l[r] = 0;
      for (long j = 0; j <= i; j += T) {
        mul<T, D, D, 1, false>(Q, kt + j * D, S);
        for (int r = 0; r < T; r++) {
          float* s = S + r * T;
          if (j == i) for (int c = r + 1; c < T; c++) s[c] = -1e30f;
          v16 a0 = _mm512_load_ps(s), a1 = _mm512_load_ps(s + 16), a2 = _mm512_load_ps(s + 32), a3 = _mm512_load_ps(s + 48);
          float mx = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_max_ps(a0, a1), _mm512_max_ps(a2, a3)));
          if (mx > m[r]) {
            float al = std::exp(m[r] - mx); m[r] = mx; l[r] *= al;
            v16 w = _mm512_set1_ps(al);
            _mm512_store_ps(O + r * D, _mm512_mul_ps(_mm512_load_ps(O + r * D), w)); _mm512_store_ps(O + r * D + 16, _mm512_mul_ps(_mm512_load_ps(O + r * D + 16), w));
          }
          v16 mm = _mm512_set1_ps(m[r]);
          a0 = exp16(_mm512_sub_ps(a0, mm)); a1 = exp16(_mm512_sub_ps(a1, mm)); a2 = exp16(_mm512_sub_ps(a2, mm)); a3 = exp16(_mm512_sub_ps(a3, mm));
          l[r] += _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(a0, a1), _mm512_add_ps(a2, a3)));
          _mm512_store_ps(s, a0); _mm512_store_ps(s + 16, a1); _mm512_store_ps(s + 32, a2); _mm512_store_ps(s + 48, a3);
        }
        mul<D, T, T, 1, true>(S, vv + j * D, O);
      }
      for (int r = 0; r < T; r++) {
        float* y = o + ((b * N + i + r) * H + h) * D; float w = 1 / l[r];
        for (int d = 0; d < D; d++) y[d] = O[r * D + d] * w;
        lse[(b * H + h) * N + i + r] = m[r] + std::log(l[r]);
      }
    }
  }
}
// dq [B,N,H,D], dk, dv [B,N,G,D]: all overwritten
extern "C" void backward(const float* q, const float* k, const float* v, const float* o, const float* lse, const float* go, float* dq, float* dk, float* dv, long B, long N, long H, long G, float scale) {
  float *qs = new float[N * D], *gs = new float[N * D], *dqs = new float[N * D], *dl = new float[N];
  alignas(64) float Kt[T * D], K[T * D], Vt[T * D], S[T * T], P[T * T], DK[T * D], DV[T * D];
  memset(dk, 0, B * N * G * D * 4); memset(dv, 0, B * N * G * D * 4);
  for (long b = 0; b < B; b++) for (long h = 0; h < H; h++) {
    long g = h / (H / G);
    for (long i = 0; i < N; i += T) { pack(q + ((b * N + i) * H + h) * D, H * D, qs + i * D); pack(go + ((b * N + i) * H + h) * D, H * D, gs + i * D); }
    for (long i = 0; i < N * D; i++) qs[i] *= scale;
    for (long i = 0; i < N; i++) { const float* y = o + ((b * N + i) * H + h) * D; float t = 0; for (int d = 0; d < D; d++) t += y[d] * gs[i * D + d]; dl[i] = t; }
    memset(dqs, 0, N * D * 4);
    const float* ls = lse + (b * H + h) * N;
    for (long j = 0; j < N; j += T) {
      const float *kj = k + ((b * N + j) * G + g) * D, *vj = v + ((b * N + j) * G + g) * D;
      pack(kj, G * D, K); packT(kj, G * D, Kt); packT(vj, G * D, Vt);
      memset(DK, 0, sizeof DK); memset(DV, 0, sizeof DV);
      for (long i = j; i < N; i += T) {
        mul<T, D, D, 1, false>(qs + i * D, Kt, P);
        mul<T, D, D, 1, false>(gs + i * D, Vt, S);
        for (int r = 0; r < T; r++) {
          float *p = P + r * T, *s = S + r * T;
          if (i == j) for (int c = r + 1; c < T; c++) p[c] = -1e30f;
          v16 L = _mm512_set1_ps(ls[i + r]), dd = _mm512_set1_ps(dl[i + r]);
          for (int c = 0; c < T; c += 16) {
            v16 e = exp16(_mm512_sub_ps(_mm512_load_ps(p + c), L));
            _mm512_store_ps(p + c, e);
            _mm512_store_ps(s + c, _mm512_mul_ps(e, _mm512_sub_ps(_mm512_load_ps(s + c), dd)));
          }
        }
        mul<D, T, 1, T, true>(P, gs + i * D, DV);
        mul<D, T, 1, T, true>(S, qs + i * D, DK);
        mul<D, T, T, 1, true>(S, K, dqs + i * D);
      }
      for (int r = 0; r < T; r++) { long at = ((b * N + j + r) * G + g) * D; for (int d = 0; d < D; d++) dk[at + d] += DK[r * D + d], dv[at + d] += DV[r * D + d]; }
    }
    for (long i = 0; i < N; i++) for (int d = 0; d < D; d++) dq[((b * N + i) * H + h) * D + d] = dqs[i * D + d] * scale;
  }
  delete[] qs; delete[] gs; delete[] dqs; delete[] dl;
}
