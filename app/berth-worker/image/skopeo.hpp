#pragma once

#include "app/berth-worker/child.hpp"
#include "core/images/reference.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::worker {

/// skopeo(1) with all its files in a directory of the job's, and credentials in
/// no file at all.
class skopeo {
public:
  /// An empty `auth_json` is anonymous.
  skopeo(std::string scratch, const std::string& auth_json)
    : scratch_(std::move(scratch)),
      auth_json_(auth_json.empty() ? "{}" : auth_json) {}

  /// Its stdout. `unavailable` if it stands still for longer than `patience`;
  /// what may be a whim of a registry is tried again. `on_line` gets what it
  /// prints, line by line, of all attempts.
  result<std::string>
  run(const std::vector<std::string>& args, std::chrono::seconds patience,
      const std::function<void(std::string_view)>& on_line = {}) const;

private:
  child_command command(const std::vector<std::string>& args) const;
  result<std::string>
  run_once(const std::vector<std::string>& args, std::chrono::seconds patience,
           const std::function<void(std::string_view)>& on_line) const;

  std::string scratch_, auth_json_;
};

/// "docker://...": skopeo takes a tag or a digest, not both.
std::string skopeo_name(const image_reference& what);

/// "--src-tls-verify=false" and the like.
std::string tls_option(const std::string& name, bool insecure);

} // namespace berth::worker
