// Whether a short prompt's heads are faster dense, whatever their patterns leave: where finding a head's index takes longer than attending to every key.
#pragma once

#include <cstdint>

namespace headscope {

// Measured while a prefill runs, so there is no constant of a machine in it: what the layers so far took for an index and for a tile. A head's index is the same work in
// every layer; a tile under a mask takes no less than a dense one, to which it is compared.
class BreakEven {
 public:
  void add(int64_t indexed_heads, double index_ms, double tiles, double attention_ms) {
    heads_ += indexed_heads;
    index_ms_ += index_ms;
    tiles_ += tiles;
    attention_ms_ += attention_ms;
  }
  // Of a head with so many tiles if it is dense. False until something was measured.
  bool dense_pays(double tiles) const {
    return heads_ > 0 && tiles_ > 0 && index_ms_ / static_cast<double>(heads_) > tiles * attention_ms_ / tiles_;
  }

 private:
  int64_t heads_ = 0;
  double index_ms_ = 0, tiles_ = 0, attention_ms_ = 0;
};

}  // namespace headscope
