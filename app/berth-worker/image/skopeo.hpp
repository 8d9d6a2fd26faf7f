#pragma once

#include "app/berth-worker/child.hpp"
#include "core/images/reference.hpp"

#include <string>
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

  child_command command(std::vector<std::string> args) const;

private:
  std::string scratch_, auth_json_;
};

/// What callers are told of its failure: a sentence of ours, never skopeo's or
/// a server's, which go to the log.
caf::error skopeo_failure(const child_end& end);

/// "docker://...": skopeo takes a tag or a digest, not both.
std::string skopeo_name(const image_reference& what);

/// "--src-tls-verify=false" and the like.
std::string tls_option(const std::string& name, bool insecure);

} // namespace berth::worker
