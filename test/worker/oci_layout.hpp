#pragma once

#include "test/worker/worker_process.hpp"

#include <nlohmann/json.hpp>

namespace berth::test {

/// The hex digits, by sha256sum(1).
std::string sha256_of(const std::filesystem::path&);

/// An image as an OCI layout on disk.
class oci_layout {
public:
  oci_layout();

  /// The next layer up; `lie`: under a diff id that is not its own.
  void add_layer(const std::string& tar, bool lie = false);

  /// Writes manifest and index, where the image is called "image" and stands
  /// behind one for another machine. The directory.
  std::filesystem::path finish();

  /// `finish`, and a tar of it all.
  std::filesystem::path tar();

  std::vector<std::string> diff_ids;
  std::string digest; ///< of the manifest, once finished

private:
  nlohmann::json add_blob(const std::string& bytes, const std::string& type);

  temp_dir temp_;
  std::filesystem::path dir_ = temp_.make("layout");
  nlohmann::json layers_ = nlohmann::json::array();
};

} // namespace berth::test
