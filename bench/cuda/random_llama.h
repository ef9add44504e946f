// A random checkpoint of a Llama's shape in one file that is removed with this object: one layer's weights, which every layer of the spec
// names, so that the file stays small. A backend with memory of its own copies them once a layer, as it would a real model's.
#pragma once

#include <string>

#include "native/core/model.h"
#include "parts.h"

namespace headscope::bench {

class RandomLlama {
 public:
  // Throws std::runtime_error where the folder cannot be written.
  RandomLlama(const PrefillSizes& sizes, const std::string& folder);
  ~RandomLlama();
  RandomLlama(const RandomLlama&) = delete;
  RandomLlama& operator=(const RandomLlama&) = delete;

  const ModelSpec& spec() const { return spec_; }
  const std::string& path() const { return path_; }

 private:
  TensorLocation add(const char* name, const std::vector<int64_t>& shape, double magnitude, double mean);
  TensorLocation add_values(const char* name, const std::vector<float>& values);
  void write_all(const void* data, size_t bytes);

  ModelSpec spec_;
  std::string path_;
  int file_ = -1;
  int64_t written_ = 0;
  uint64_t state_ = 0x9e3779b97f4a7c15u;
};

}  // namespace headscope::bench
